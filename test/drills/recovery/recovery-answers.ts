/** All that readers can ask about a finished day, as one answer a request. */
import { KEEP_DAYS, LANES, STORE_SECONDS } from '../../../cdk/sizing.ts'
import { INTERVALS, type Interval } from '../../../market/bar-times.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { momentOf, momentToIso } from '../../../market/moment.ts'
import { createSource } from '../../../prices/create-source.ts'
import { daysAsOf } from '../../../prices/days-answer.ts'
import { marketAsOf } from '../../../prices/market-answer.ts'
import { ISSUES, TRADING_DATE } from '../../functions/stored-market.ts'
import { coreApi } from '../cut/price-api.ts'
import type { RecoverySystem } from './recovery-system.ts'

const HOUR = 3_600_000_000
/** Moments of the day: before the first tick, at each half-hour, and after the close. */
const MOMENTS = Array.from({ length: 16 }, (_, half) =>
  momentToIso(momentOf(TRADING_DATE, 8.5 * HOUR + (half * HOUR) / 2)),
)
const [FROM, TO] = [0, 23.99 * HOUR].map(time => momentToIso(momentOf(TRADING_DATE, time))) as [
  string,
  string,
]

/**
 * Returns the answers by request, each with the text that the route would send. A new source has no cache of its own.
 * @param withMarket whether to ask for the whole market too.
 */
export async function answersOf(
  { clock, tables, ticks }: RecoverySystem,
  withMarket: boolean,
): Promise<ReadonlyMap<string, string>> {
  const settings = {
    TICKS_TABLE: ticks.table,
    BOARDS_TABLE: 'boards',
    KEEP_DAYS,
    STORE_SECONDS,
    LANES,
  }
  const source = await createSource('registered', clock, tables.client, settings, {
    read: async () => RULES,
  })()
  const api = coreApi(source)
  const answers = new Map<string, string>()
  const ask = async (name: string, answer: Promise<unknown>): Promise<void> => {
    answers.set(name, JSON.stringify(await answer.catch(error => `${error.name} ${error.message}`)))
  }
  for (const issue of ISSUES) {
    for (const route of ['ticks', 'trades'] as const) {
      let after: string | undefined
      do {
        const page = await api[route]({ issue, from: FROM, to: TO, limit: 100, after })
        answers.set(`${route} ${issue} ${after}`, JSON.stringify(page))
        after = page.data.next
      } while (after !== undefined)
    }
    for (const interval of [...(Object.keys(INTERVALS) as Interval[]), '1d'] as const)
      await ask(`bars ${issue} ${interval}`, api.bars({ issue, from: FROM, to: TO, interval }))
    for (const at of [undefined, ...MOMENTS]) {
      await ask(`board ${issue} ${at}`, api.board(issue, at))
      await ask(`day ${issue} ${at}`, api.day(issue, at))
    }
  }
  await ask('days', daysAsOf(source, ISSUES, undefined))
  if (withMarket) for (const at of MOMENTS) await ask(`market ${at}`, marketAsOf(source, at))
  return answers
}
