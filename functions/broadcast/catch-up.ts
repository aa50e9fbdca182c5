/**
 * Prepares a new environment: it takes the last seconds of the stream into its log before its first round. So it knows
 * the boards, and the updates that the previous environment may not have sent.
 */
import {
  decodeEnvelope,
  decodeHeader,
  EnvelopeError,
  type EnvelopeHeader,
} from '../../market/codec/envelope.ts'
import { type EventOf, isMarketEvent } from '../../market/market-event.ts'
import type { Tick } from '../../market/tick.ts'
import { addMillis, type EpochMillis, type Millis } from '../../market/units.ts'
import { pacesOf } from '../../tables/connections/connection-reading.ts'
import type { ConnectionItem } from '../../tables/connections/connections-table.ts'
import { boundedEvent } from './bounded-news.ts'
import type { MarketLog } from './market-log.ts'
import type { TailRecord } from './read-tail.ts'
import type { Welcome } from './rooms.ts'

/** Records of this time (ms) become one round, as in the rounds before. */
const ROUND_MS = 100
/**
 * A connection may lack the updates of two paces and a second, because paces stretch and a post takes time. It may lack at
 * least those of this time (ms): while the budget is too small, a fast pace may be many times as long.
 */
const LEAST_OWED_MS = 3_000
/** The tail of the stream reaches back this time (ms) at least (read-tail.ts). */
const LONGEST_OWED_MS = 8_000

export interface CaughtUp {
  /** The latest tick of each issue in these records: the previous environment may not have written it to the table. */
  readonly ticks: readonly Tick[]
  /**
   * News in these records, each once: the previous environment may not have sent it to every app. Apps ignore repeated
   * news.
   */
  readonly news: readonly EventOf<'news'>[]
  /** Returns what a connection has that the first read of its room finds. */
  welcome(item: ConnectionItem): Pick<Welcome, 'since' | 'boards'>
}

/** Takes records into the log. @param batchAt when the first record of the batch after them arrived. */
export function catchUp(
  log: Pick<MarketLog, 'begin' | 'take' | 'endRound' | 'round'>,
  records: readonly TailRecord[],
  batchAt: EpochMillis,
): CaughtUp {
  log.begin(headersOf(records))
  /** By JSON: two tasks of a line may have published it. */
  const news = new Map<string, EventOf<'news'>>()
  const latest = new Map<string, Tick>()
  /** The log may have dropped some of these rounds when a member is found. */
  const rounds: { readonly round: number; readonly at: EpochMillis }[] = []
  const endRound = (at: EpochMillis): void => {
    for (const tick of log.endRound(at)) latest.set(tick.board.issue, tick)
    rounds.push({ round: log.round, at })
  }
  let roundStart = records[0]?.arrivedAt
  let last = roundStart
  for (const { data, arrivedAt } of records) {
    if (roundStart !== undefined && arrivedAt - roundStart >= ROUND_MS) {
      endRound(last ?? roundStart)
      roundStart = arrivedAt
    }
    last = arrivedAt
    for (const event of takeRecord(log, data)) news.set(JSON.stringify(event), event)
  }
  if (last !== undefined) endRound(last)
  return {
    ticks: [...latest.values()],
    news: [...news.values()],
    welcome(item) {
      const owedFrom = addMillis(batchAt, -owedTime(pacesOf(item).pace))
      // Issues that were added so late may have had no update yet.
      const isNew = records.length === 0 || item.changedAt >= owedFrom
      const since = rounds.findLast(({ at }) => at <= owedFrom)?.round ?? 0
      return { since, boards: isNew ? 'owed' : 'current' }
    },
  }
}

/** Returns how far before a batch (ms) the updates begin that a connection may lack. */
function owedTime(pace: Millis): Millis {
  return Math.min(LONGEST_OWED_MS, Math.max(LEAST_OWED_MS, 2 * pace + 1_000))
}

function headersOf(records: readonly TailRecord[]): EnvelopeHeader[] {
  return records.flatMap(({ data }) => {
    try {
      return [decodeHeader(Buffer.from(data)).header]
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error
      return []
    }
  })
}

/** Returns the news in a record. A record that is not valid adds nothing: the previous environment reported it. */
function takeRecord(log: Pick<MarketLog, 'take'>, data: Uint8Array): EventOf<'news'>[] {
  try {
    const envelope = decodeEnvelope(Buffer.from(data))
    if (log.take(envelope) === 'late' || envelope.kind !== 'events') return []
    return envelope.events
      .filter(isMarketEvent)
      .map(boundedEvent)
      .filter(event => event.type === 'news')
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error
    return []
  }
}
