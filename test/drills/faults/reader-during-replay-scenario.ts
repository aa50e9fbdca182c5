/** Scenario: hours of the stream come again, in other batches and with functions that die, while readers read. */

import { createEpochFence } from '../../../functions/store-ticks/epoch-fence.ts'
import type { StreamRecord } from '../../../functions/store-ticks/read-batch.ts'
import { storeBatch } from '../../../functions/store-ticks/store-batch.ts'
import { below, type Random } from '../../../local/exchange/random.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { decodeHeader } from '../../../market/codec/envelope.ts'
import { DAY_MICROSECONDS } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { addMillis, nowMillis } from '../../../market/units.ts'
import { packAt, ticksBetween } from '../../../tables/ticks/read-ticks.ts'
import type { TicksTable } from '../../../tables/ticks/ticks-table.ts'
import { collect, KEEP_DAYS, recordsOf } from '../../functions/store-ticks/batch-delivery.ts'
import { openSteppedTable, TableDied } from '../../functions/store-ticks/stepped-table.ts'
import { openSender, sampleTicks, TRADING_DATE } from '../../functions/stored-market.ts'
import { randomOf } from '../seed.ts'
import type { Outcome, Scenario } from './scenario.ts'

/** Markets of one run, and passes over the stream of each. */
const MARKETS = 60
const PASSES = 4
const TICKS = 80
const MOST_TICKS_A_LOOK = 8
/** Ticks that the new task sends again. */
const OVERLAP = 12
const MOST_BATCH = 12
const DIES = 0.2
const UNITS = 1_000_000

interface Sums {
  lost: number
  puts: number
  deaths: number
  /** Batches with the end of one task and the start of the next. */
  replacements: number
}

/** Returns the records of a line whose task is replaced. */
function streamOf(ticks: readonly Tick[], random: Random): StreamRecord[] {
  const cut = 1 + below(random, ticks.length - 1)
  const old = openSender(1)
  const next = openSender(2, old.published())
  const send = (sender: typeof old, some: readonly Tick[]): Uint8Array[] => {
    const envelopes: Uint8Array[] = []
    for (let at = 0; at < some.length; ) {
      const until = at + 1 + below(random, MOST_TICKS_A_LOOK)
      envelopes.push(...sender.send(some.slice(at, until)))
      at = until
    }
    return envelopes
  }
  const before = send(old, ticks.slice(0, cut))
  return recordsOf([...before, ...send(next, ticks.slice(Math.max(0, cut - OVERLAP)))])
}

/** Reads an issue, and returns how many of the ticks that were seen before a reader misses now. */
async function countMissed(table: TicksTable, issue: string, seen: Map<number, Tick>): Promise<number> {
  const start = { time: 0, sequence: 0 }
  const now = await collect(ticksBetween(table, issue, TRADING_DATE, start, DAY_MICROSECONDS - 1))
  const found = new Set(now.map(({ sequence }) => sequence))
  let missed = 0
  for (const [sequence, tick] of seen) {
    const pack = await packAt(table, issue, TRADING_DATE, tick)
    const isAsOf = [...(pack ?? [])].some(each => each.sequence === sequence)
    if (!found.has(sequence) || !isAsOf) missed++
  }
  for (const tick of now) seen.set(tick.sequence, tick)
  return missed
}

async function replay(random: Random, seed: number, sums: Sums): Promise<void> {
  const ticks = sampleTicks(TICKS, seed)
  const records = streamOf(ticks, random)
  const seen = new Map<string, Map<number, Tick>>()
  const order = Array.from({ length: 97 }, () => below(random, 1_000))
  const table = openSteppedTable(order, async issue => {
    const own = seen.get(issue) ?? new Map<number, Tick>()
    seen.set(issue, own)
    sums.lost += await countMissed(table.ticks, issue, own)
    sums.puts++
  })
  const fence = createEpochFence()
  const storeOnce = async (batch: readonly StreamRecord[], dies: number | undefined): Promise<void> => {
    table.dieAfter(dies)
    const epochs = new Set(batch.map(({ bytes }) => decodeHeader(bytes).header.epoch))
    if (epochs.size > 1) sums.replacements++
    try {
      const options = { ...table.ticks, calendar: RULES, keepDays: KEEP_DAYS, unitsPerLane: UNITS }
      await storeBatch(batch, options, addMillis(nowMillis(), 60_000), fence)
    } catch (error) {
      if (!(error instanceof TableDied)) throw error
      sums.deaths++
    }
  }
  let reached = 0
  for (let pass = 0; pass < PASSES; pass++) {
    const isLast = pass === PASSES - 1
    // A stream is read again from a record that was read before.
    const from = isLast ? 0 : below(random, Math.min(reached + 1, records.length))
    const until = isLast ? records.length : from + 1 + below(random, records.length - from)
    reached = Math.max(reached, until)
    for (let at = from; at < until; ) {
      const batch = records.slice(at, Math.min(until, at + 1 + below(random, MOST_BATCH)))
      if (random() < DIES) await storeOnce(batch, below(random, batch.length))
      await storeOnce(batch, undefined)
      at += batch.length
    }
  }
  const read = [...seen.values()].reduce((sum, own) => sum + own.size, 0)
  sums.lost += ticks.length - read
}

async function run(seed: number): Promise<Outcome> {
  const random = randomOf('reader during replay', seed)
  const sums: Sums = { lost: 0, puts: 0, deaths: 0, replacements: 0 }
  for (let market = 0; market < MARKETS; market++) await replay(random, seed * 1_000 + market, sums)
  const { lost, puts, deaths, replacements } = sums
  if (deaths === 0 || replacements === 0)
    throw new Error(
      `expected functions that die and batches with two tasks, got ${deaths} and ${replacements}`,
    )
  const measured = `read after each of ${puts} puts; ${deaths} functions died, ${replacements} batches had two tasks`
  return { wrong: 0, lost, starved: 0, measured }
}

export const readerDuringReplay: Scenario = {
  name: 'reader-during-replay',
  fault: 'hours come again in other batches, a task is replaced, functions die between two puts',
  run,
}
