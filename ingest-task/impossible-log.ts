/** Logs messages with impossible values, but not each of them: a broken feed may have thousands a second. */
import { isoTime } from '../market/moment.ts'
import type { Millis, TradingDate } from '../market/units.ts'
import { fieldName } from './flex/judge-fields.ts'
import type { ImpossibleMessage } from './flex/line-boards-options.ts'
import type { Log } from './ingest-log.ts'

/** Time between two warnings, milliseconds. */
const INTERVAL = 10_000

/** @param now a monotonic clock, ms. */
export function createImpossibleLog(
  log: Log,
  tradingDate: TradingDate,
  now: () => Millis = () => performance.now(),
): (message: ImpossibleMessage) => void {
  /** Messages since the latest warning. */
  let messages = 0
  let warnFrom = Number.NEGATIVE_INFINITY
  return ({ issue, sequence, fields, time }) => {
    messages++
    const moment = now()
    if (moment < warnFrom) return
    log.warn('impossible values in a market message', {
      messages,
      issue,
      sequence,
      fields: Object.fromEntries(fields.map(({ field, got }) => [fieldName(field), got])),
      ...(time === undefined ? {} : { time: isoTime(tradingDate, time) }),
    })
    messages = 0
    warnFrom = moment + INTERVAL
  }
}
