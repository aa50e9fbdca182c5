import { createDynamoDB } from '../shared/dynamodb.ts'
import { clock } from '../shared/lambda.ts'
import { Problem } from '../shared/problem.ts'
import {
  answerJson,
  pathIssue,
  queryIssues,
  queryOf,
  queryWhole,
  type Request,
  restFunction,
} from '../shared/rest.ts'
import { name, readSettings } from '../shared/settings.ts'
import { delayedBars, delayedBoards, delayedTicks } from './prices.ts'

/** Seconds for which an answer may be kept: short, because the cut moves on; enough to spare the table a rush. */
const MAX_AGE_SECONDS = 1
/** A tick is about 1 KB of JSON and an answer has 6 MB at most (Lambda quotas). */
const MAX_TICKS = 2_000
const TICKS_BY_DEFAULT = 200
const INTERVAL = '1m'

const settings = readSettings({ TICKS_TABLE: name })
const table = { client: createDynamoDB(), table: settings.TICKS_TABLE }

export const handler = restFunction({
  '/v1/boards/{issue}': async request => {
    const { boards, ...delayed } = await delayedBoards(
      table,
      clock,
      [pathIssue(request)],
      queryOf(request, 'at'),
    )
    return answerJson({ ...delayed, board: boards[0] ?? null }, MAX_AGE_SECONDS)
  },
  '/v1/boards': async request => {
    const answer = await delayedBoards(table, clock, queryIssues(request), queryOf(request, 'at'))
    return answerJson({ ...answer, boards: answer.boards.filter(board => board !== null) }, MAX_AGE_SECONDS)
  },
  '/v1/ticks/{issue}': async request => {
    const limit = queryWhole(request, 'limit', 1, MAX_TICKS, TICKS_BY_DEFAULT)
    const after = queryOf(request, 'after')
    return answerJson(await delayedTicks(table, clock, { ...range(request), limit, after }), MAX_AGE_SECONDS)
  },
  '/v1/bars/{issue}': async request => {
    const interval = queryOf(request, 'interval') ?? INTERVAL
    if (interval !== INTERVAL) throw new Problem(400, `interval: expected ${INTERVAL}, got "${interval}"`)
    return answerJson(await delayedBars(table, clock, range(request)), MAX_AGE_SECONDS)
  },
})

function range(request: Request) {
  return { issue: pathIssue(request), from: queryOf(request, 'from'), to: queryOf(request, 'to') }
}
