/** Batches of store-ticks as Lambda fills them after the opening, up to the window, the record limit or the byte limit. */

import { BATCH_BYTES, recordBytes } from '@itastream/local-cloud/batch-event'
import { LANES, SHARDS_AWAKE, STORE_WINDOW_SECONDS } from '../cdk/sizing.ts'
import type { StreamRecord } from '../functions/store-ticks/read-batch.ts'
import { SECOND } from '../local/exchange/hours.ts'
import { decodeHeader } from '../market/codec/envelope.ts'
import { LINES, laneName } from '../market/lane.ts'
import type { Tick } from '../market/tick.ts'
import { type Cutter, createCutter } from './lane-cutter.ts'
import { type OpeningOptions, playOpening, SETTLED, tickOf } from './opening.ts'

/** Most records of a batch (Lambda quota; cdk/store-ticks.ts). */
const MOST_RECORDS = 10_000

export interface Batch {
  /** Names of the lanes whose envelopes the batch contains. */
  readonly lanes: readonly string[]
  readonly records: readonly StreamRecord[]
  /** Market seconds from the first envelope of the batch to the first envelope that did not fit. */
  readonly seconds: number
}

/**
 * How Lambda distributes the lanes of a shard over concurrent batches. Lambda decides by partition key, and does not
 * document how. `apart`: each lane has its own batch. `met`: two lanes share a batch. `together`: all lanes share one.
 */
export const DEALS = ['apart', 'met', 'together'] as const
export type Deal = (typeof DEALS)[number]

/** The first batches after 9:00:05 with all lanes of all lines, including key frames, for each distribution. */
export type Batches = Readonly<Record<Deal, readonly Batch[]>>

interface Filling {
  readonly batch: { lanes: readonly string[]; records: StreamRecord[]; seconds: number }
  since: number
  bytes: number
  isFull: boolean
}

/** Cache by load, because several benchmarks use the batches. */
const filled = new Map<OpeningOptions, Batches>()

/** Returns the batches. @throws RangeError if the time of `options` ends before all batches are full. */
export function openingBatches(options: OpeningOptions): Batches {
  const batches = filled.get(options) ?? fillBatches(options)
  filled.set(options, batches)
  return batches
}

function fillBatches(options: OpeningOptions): Batches {
  const fillings = new Map(DEALS.map(deal => [deal, lanesOf(deal).map(openFilling)]))
  const all = [...fillings.values()].flat()
  let now = 0
  const send = (bytes: Uint8Array): void => {
    if (now < SETTLED) return
    const { line, lane } = decodeHeader(bytes).header
    const name = laneName(line, lane)
    for (const filling of all) if (filling.batch.lanes.includes(name)) fill(filling, name, bytes, now)
  }
  const lines = Array.from({ length: LINES }, (_, index) => {
    const latest = new Map<string, Tick>()
    const cutter: Cutter = createCutter(index + 1, send, () => latest.values())
    return { latest, cutter }
  })
  for (const message of playOpening(options)) {
    now = message.time
    const { latest, cutter } = lines[message.line - 1]!
    const tick = tickOf(message)
    latest.set(message.issue, tick)
    cutter.add(tick)
    if (all.every(({ isFull }) => isFull)) break
  }
  for (const { isFull, batch } of all) {
    if (!isFull)
      throw new RangeError(
        `expected ${options.seconds} s to fill the batch of lanes ${batch.lanes}, but it is not full`,
      )
  }
  const of = (deal: Deal): Batch[] => fillings.get(deal)!.map(({ batch }) => batch)
  return { apart: of('apart'), met: of('met'), together: of('together') }
}

/** Returns the lanes of each batch. Hash keys are evenly spaced, so each shard has the same number of lanes, in order. */
function lanesOf(deal: Deal): string[][] {
  const names = Array.from({ length: LINES * LANES }, (_, index) =>
    laneName(Math.floor(index / LANES) + 1, index % LANES),
  )
  const shards = Map.groupBy(names, name => Math.floor((names.indexOf(name) * SHARDS_AWAKE) / names.length))
  return [...shards.values()].flatMap(([first, second, ...others]) => {
    const rest = others.map(name => [name])
    if (deal === 'together') return [[first!, second!, ...others]]
    return deal === 'met' ? [[first!, second!], ...rest] : [[first!], [second!], ...rest]
  })
}

function openFilling(lanes: readonly string[]): Filling {
  return { batch: { lanes, records: [], seconds: 0 }, since: 0, bytes: 0, isFull: false }
}

function fill(filling: Filling, lane: string, bytes: Uint8Array, now: number): void {
  if (filling.isFull) return
  const { batch } = filling
  const { records } = batch
  if (records.length === 0) filling.since = now
  filling.bytes += recordBytes({ data: Buffer.from(bytes), partitionKey: lane })
  batch.seconds = (now - filling.since) / SECOND
  filling.isFull =
    filling.bytes > BATCH_BYTES || records.length === MOST_RECORDS || batch.seconds >= STORE_WINDOW_SECONDS
  if (!filling.isFull) records.push({ sequenceNumber: String(records.length + 1), bytes })
}
