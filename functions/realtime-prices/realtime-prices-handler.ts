import { readSettings } from '../../contract/settings.ts'
import { clock } from '../../lambda/lambda-function.ts'
import {
  type Answer,
  answerJson,
  pathIssue,
  queryIssues,
  queryOf,
  type Request,
  restFunction,
} from '../../lambda/rest-function.ts'
import { boardToJson } from '../../market/board-to-json.ts'
import type { Tick } from '../../market/tick.ts'
import { createSource } from '../../prices/create-source.ts'
import { DELAY } from '../../prices/cut.ts'
import { dayNow, daysNow } from '../../prices/days-answer.ts'
import { checkKnown, unknownOf } from '../../prices/listed-issues.ts'
import { PRICES_SETTINGS } from '../../prices/prices-settings.ts'
import { tradingMoment } from '../../prices/range.ts'
import { priceRoutes, under } from '../../prices/routes.ts'
import { readBoards } from '../../tables/boards/boards-table.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'

const settings = readSettings(PRICES_SETTINGS)
const client = createDynamoDB()
const source = createSource('registered', clock, client, settings)

const boards = { client, table: settings.BOARDS_TABLE }
/** Real-time prices are for the one who asked: nobody may keep the answer. */
const stored = priceRoutes(source, { named: 'nobody', moving: 'nobody' })
/** Answers of now have no `asOf`: each board says its own time. */
const NOW = { delay: DELAY.registered }

/** The gateway lets nobody through to here without a token of the issuer. */
export const handler = restFunction(
  under('/v1/realtime', {
    ...stored,
    '/boards/{issue}': nowOr(stored['/boards/{issue}'], async request => {
      const issue = pathIssue(request)
      const tick = (await newest([issue])).get(issue)
      if (tick === undefined) await checkKnown(source, issue, tradingMoment(clock.now()))
      return { board: tick === undefined ? null : boardToJson(tick) }
    }),
    '/boards': nowOr(stored['/boards'], async request => {
      const issues = queryIssues(request)
      const ticks = await newest(issues)
      const missing = issues.filter(issue => !ticks.has(issue))
      return {
        boards: issues.flatMap(issue => ticks.get(issue) ?? []).map(boardToJson),
        ...(await unknownOf(source, missing, tradingMoment(clock.now()))),
      }
    }),
    '/days/{issue}': nowOr(stored['/days/{issue}'], async request => {
      const issue = pathIssue(request)
      return dayNow(source, issue, (await newest([issue])).get(issue))
    }),
    '/days': nowOr(stored['/days'], async request => {
      const issues = queryIssues(request)
      return daysNow(source, issues, await newest(issues))
    }),
  }),
)

/** The newest ticks by issue. */
async function newest(issues: readonly string[]): Promise<Map<string, Tick>> {
  return new Map((await readBoards(boards, issues)).map(tick => [tick.board.issue, tick]))
}

/** A route of now where no moment is named. */
function nowOr(
  ofMoment: (request: Request) => Promise<Answer>,
  ofNow: (request: Request) => Promise<object>,
) {
  return async (request: Request): Promise<Answer> =>
    queryOf(request, 'at') === undefined
      ? answerJson(request, NOW, await ofNow(request), 'nobody')
      : ofMoment(request)
}
