/** Makes a market from a seed, stores it as a stream may deliver it, and keeps its truth. */

import { PutCommand } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import type { StreamRecord } from '../../../functions/store-ticks/read-batch.ts'
import { openExchange } from '../../../local/exchange/exchange.ts'
import { HOUR } from '../../../local/exchange/hours.ts'
import { below, pick, type Random } from '../../../local/exchange/random.ts'
import { copyBoard } from '../../../market/board.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { dayRecordOf } from '../../../market/day-record.ts'
import { DAY_MICROSECONDS, momentOf } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochSeconds, asTradingDate, type TradingDate } from '../../../market/units.ts'
import { dayItems } from '../../../tables/ticks/day-items.ts'
import { ticksBetween } from '../../../tables/ticks/read-ticks.ts'
import type { TicksTable } from '../../../tables/ticks/ticks-table.ts'
import { dayOf, FIRST_NEW_DATE, LAST_OLD_DATE } from '../../functions/random-days.ts'
import { recordsOf, store } from '../../functions/store-ticks/batch-delivery.ts'
import { envelopesOf } from '../../functions/stored-market.ts'
import { randomOf } from '../seed.ts'
import { type IssueTruth, issueTruth } from './cut-truth.ts'

/** One of this many markets is a day of the synthetic exchange. Every other market is two unusual days in a row. */
const EXCHANGE_EVERY = 4
const EXCHANGE = { issues: 5, rate: 0.12, tradingDate: asTradingDate(20261120), from: 8 * HOUR }
const ODD_ISSUES = ['7203', '6758', '130A'] as const
const ODD_TICKS = { minLength: 60, maxLength: 500 }
/** Longer than every drill. */
const KEPT_SECONDS = 86_400

export interface StoredMarket {
  readonly issues: readonly string[]
  readonly dates: readonly TradingDate[]
  readonly truthOf: (issue: string, date: TradingDate) => IssueTruth
  /** Market times (epoch µs) of ticks and of the ends of batches. */
  readonly moments: readonly number[]
}

export async function openStoredMarket(seed: number, table: TicksTable): Promise<StoredMarket> {
  const random = randomOf('cut market', seed)
  const isExchange = seed % EXCHANGE_EVERY === 0
  const days = isExchange ? [exchangeDay(seed)] : oddDays(seed)
  const issues = [...new Set(days.flat().map(({ board }) => board.issue))]
  const dates = days.map(ticks => ticks[0]!.tradingDate)
  const borders: number[] = []
  for (const ticks of days) borders.push(...(await storeDay(table, ticks, random)))
  const truths = new Map<string, IssueTruth>()
  for (const [index, ticks] of days.entries()) {
    const date = dates[index]!
    for (const issue of issues) {
      const own = ticks.filter(({ board }) => board.issue === issue)
      truths.set(`${issue} ${date}`, issueTruth(issue, date, own, isExchange ? 'boards' : 'trades'))
    }
  }
  // The first day may be finished, and its record may be final.
  const finished = pick(random, [undefined, false, true])
  if (finished !== undefined) await finish(table, issues, dates[0]!, finished)
  return {
    issues,
    dates,
    truthOf: (issue, date) => truths.get(`${issue} ${date}`)!,
    moments: [...days.flat().map(({ tradingDate, time }) => momentOf(tradingDate, time)), ...borders],
  }
}

function exchangeDay(seed: number): Tick[] {
  const ticks: Tick[] = []
  for (const event of openExchange({ seed, ...EXCHANGE }).advance(DAY_MICROSECONDS)) {
    // The helpers that make envelopes have one line.
    if (event.kind !== 'message' || event.line !== 1) continue
    const { time, sequence, board, trade } = event
    const tick = { tradingDate: EXCHANGE.tradingDate, line: 1, sequence, time, board: copyBoard(board) }
    ticks.push(trade === undefined ? tick : { ...tick, trade })
  }
  return ticks
}

function oddDays(seed: number): Tick[][] {
  return [LAST_OLD_DATE, FIRST_NEW_DATE].map(
    date =>
      fc.sample(dayOf(date, ODD_ISSUES, ODD_TICKS), {
        seed: seed * 2 + (date % 2),
        numRuns: 1,
      })[0]!,
  )
}

/**
 * Stores a day in envelopes and batches of any size. Some batches come twice, some after a failed attempt, and the
 * stream is read several times, from different starts.
 * @returns the times (epoch µs) at which a batch ended.
 */
async function storeDay(table: TicksTable, ticks: readonly Tick[], random: Random): Promise<number[]> {
  const slices = slicesOf(ticks, random, 1 + below(random, 30))
  const records = recordsOf(envelopesOf(slices))
  const passes = 1 + below(random, 3)
  for (let pass = 1; pass <= passes; pass++) {
    const start = below(random, records.length)
    const isLast = pass === passes
    const part = isLast ? records : records.slice(0, start + 1)
    await storeRecords(table, part, random)
    if (isLast && random() < 0.3) await storeRecords(table, records.slice(start), random)
  }
  return slices.map(slice => momentOf(slice[0]!.tradingDate, slice.at(-1)!.time))
}

async function storeRecords(
  table: TicksTable,
  records: readonly StreamRecord[],
  random: Random,
): Promise<void> {
  for (const batch of slicesOf(records, random, 1 + below(random, 40))) {
    // A function that dies after a part of the batch.
    if (random() < 0.2) await store(table, batch.slice(0, 1 + below(random, batch.length)))
    await store(table, batch)
    if (random() < 0.2) await store(table, batch)
  }
}

function slicesOf<T>(items: readonly T[], random: Random, most: number): T[][] {
  const slices: T[][] = []
  for (let at = 0; at < items.length; ) {
    const until = at + 1 + below(random, most)
    slices.push(items.slice(at, until))
    at = until
  }
  return slices
}

/** Finishes a day as close-of-day does. */
async function finish(
  table: TicksTable,
  issues: readonly string[],
  date: TradingDate,
  final: boolean,
): Promise<void> {
  const expires = asEpochSeconds(Math.floor(Date.now() / 1000) + KEPT_SECONDS)
  for (const issue of issues) {
    const ticks = ticksBetween(table, issue, date, { time: 0, sequence: 0 }, DAY_MICROSECONDS)
    const record = await dayRecordOf(RULES.hoursOf(date), ticks, final)
    const items = record === undefined ? [] : dayItems(record, expires)
    for (const Item of items) await table.client.send(new PutCommand({ TableName: table.table, Item }))
  }
}
