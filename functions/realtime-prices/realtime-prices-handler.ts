/** Answers prices without the delay. The gateway lets a request through only with a token of the issuer. */

import { readSettings } from '../../contract/settings.ts'
import { createEdgeCheck } from '../../lambda/edge-check.ts'
import { clock, logger } from '../../lambda/lambda-function.ts'
import { boardToJson } from '../../market/board-to-json.ts'
import type { Tick } from '../../market/tick.ts'
import { createSource } from '../../prices/create-source.ts'
import { DELAY } from '../../prices/cut.ts'
import { dayNow, daysNow, type LateOr } from '../../prices/days-answer.ts'
import { createIssuesAnswer } from '../../prices/issues-answer.ts'
import { checkIssueIsKnown, unknownMember } from '../../prices/known-issues.ts'
import { priceHandlers, under } from '../../prices/price-handlers.ts'
import { REALTIME_PRICES_SETTINGS } from '../../prices/prices-settings.ts'
import { tradingMoment } from '../../prices/range.ts'
import { createStatusAnswer } from '../../prices/status-answer.ts'
import { type Answer, restFunction } from '../../rest/rest-function.ts'
import { readBoards } from '../../tables/boards/boards-table.ts'
import { createMaster } from '../../tables/boards/master-list.ts'
import { createCalendarReader } from '../../tables/control/calendar-reader.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { userAdmission } from './user-admission.ts'

const settings = readSettings(REALTIME_PRICES_SETTINGS)
const isThroughEdge = createEdgeCheck({
  secret: settings.EDGE_SECRET,
  warn: (message, details) => logger.warn(message, details),
})
const client = createDynamoDB()
const control = { client, table: settings.CONTROL_TABLE }
const calendars = createCalendarReader(control, (message, details) => logger.warn(message, details))
const source = createSource('registered', clock, client, settings, calendars)
const stored = priceHandlers(source)

const boards = { client, table: settings.BOARDS_TABLE }
const issuesAnswer = createIssuesAnswer({
  master: createMaster(boards),
  control,
  withBasePrices: settings.PUBLISH.allows('base-prices', 'registered'),
})
const statusAnswer = createStatusAnswer({
  boards,
  calendars,
  clock,
  withNews: settings.PUBLISH.allows('news', 'registered'),
})

export const handler = restFunction<'realtime-prices'>(
  {
    ...under('/v1/realtime', {
      ...stored,
      '/boards/{issue}': ofNow(stored['/boards/{issue}'], async ({ issue }) => {
        const tick = (await newestTicks([issue])).get(issue)
        if (tick === undefined) await checkIsKnownNow(issue)
        return upToDate({ board: tick === undefined ? null : boardToJson(tick) })
      }),
      '/boards': ofNow(stored['/boards'], async ({ query: { issues } }) => {
        const ticks = await newestTicks(issues)
        const missing = issues.filter(issue => !ticks.has(issue))
        return upToDate({
          boards: issues.flatMap(issue => ticks.get(issue) ?? []).map(boardToJson),
          ...(await unknownNow(missing)),
        })
      }),
      '/days/{issue}': ofNow(stored['/days/{issue}'], async ({ issue }) =>
        dayNow(await source(), issue, (await newestTicks([issue])).get(issue)),
      ),
      '/days': ofNow(stored['/days'], async ({ query: { issues } }) =>
        daysNow(await source(), issues, await newestTicks(issues)),
      ),
    }),
    '/v1/realtime/issues': ({ query }) => issuesAnswer(query),
    '/v1/realtime/status': statusAnswer,
  },
  { isThroughEdge, admit: userAdmission({ client, table: settings.USERS_TABLE }) },
)

/** @throws Problem if the issue is not known. */
async function checkIsKnownNow(issue: string): Promise<void> {
  const now = await source()
  await checkIssueIsKnown(now, issue, tradingMoment(now.calendar, clock.now()))
}

async function unknownNow(issues: readonly string[]): Promise<{ unknown?: string[] }> {
  const now = await source()
  return unknownMember(now, issues, tradingMoment(now.calendar, clock.now()))
}

/** Reads the newest ticks, by issue. */
async function newestTicks(issues: readonly string[]): Promise<Map<string, Tick>> {
  return new Map((await readBoards(boards, issues)).map(tick => [tick.board.issue, tick]))
}

/**
 * Answers a request that names a moment by `stored`, any other request by `newest`. An answer of now has no `asOf`: each
 * board has its own time.
 */
function ofNow<Request extends { readonly query: { readonly at: string | undefined } }>(
  stored: (request: Request) => Promise<Answer>,
  newest: (request: Request) => Promise<LateOr<object>>,
) {
  return async (request: Request): Promise<Answer> => {
    if (request.query.at !== undefined) return stored(request)
    const { data, isLate } = await newest(request)
    return { stamp: { delay: DELAY.registered, ...(isLate ? { late: true } : {}) }, data }
  }
}

/** Boards of now do not wait for storing. */
function upToDate(data: object): LateOr<object> {
  return { data, isLate: false }
}
