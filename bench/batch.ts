/** Batches of store-ticks as Lambda fills them after the opening: to their window, their records or their bytes. */
import { LANES, SHARDS_AWAKE, STORE_WINDOW_SECONDS } from '../cdk/sizing.ts'
import type { StreamRecord } from '../functions/store-ticks/read-batch.ts'
import { PAYLOAD_BYTES } from '../local/cloud/functions/lambda-limits.ts'
import { recordBytes } from '../local/cloud/mappings/batch-event.ts'
import { SECOND } from '../local/exchange/hours.ts'
import { decodeHeader } from '../market/codec/envelope.ts'
import { LINES, laneName } from '../market/lane.ts'
import type { Tick } from '../market/tick.ts'
import { type Cutter, createCutter } from './lanes-bench.ts'
import { type OpeningOptions, playOpening, SETTLED, tickOf } from './opening.ts'

/** The most records a batch can have (Lambda, and cdk/store-ticks.ts). */
const MOST_RECORDS = 10_000

export interface Batch {
  /** Names of the lanes whose envelopes it has. */
  readonly lanes: readonly string[]
  readonly records: readonly StreamRecord[]
  /** Market seconds from its first envelope to the first that it had no room for. */
  readonly seconds: number
}

/**
 * How the lanes of a shard are dealt out to its concurrent batches, which Lambda does by partition key and does not
 * explain: each has one of its own, two have met in one, or all are in one, as if there were no concurrent batches.
 */
export const DEALS = ['apart', 'met', 'together'] as const
export type Deal = (typeof DEALS)[number]

/** The first batches after 9:00:05, key frames among their envelopes; by deal, all lanes of all lines. */
export type Batches = Readonly<Record<Deal, readonly Batch[]>>

interface Filling {
  readonly batch: { lanes: readonly string[]; records: StreamRecord[]; seconds: number }
  since: number
  bytes: number
  isFull: boolean
}

/** Filled once for each load: several benchmarks use them. */
const filled = new Map<OpeningOptions, Batches>()

/** @throws RangeError when the time of `options` ends before all batches are full. */
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
        `expected ${options.seconds} s to fill a batch of lanes ${batch.lanes}, got no end`,
      )
  }
  const of = (deal: Deal): Batch[] => fillings.get(deal)!.map(({ batch }) => batch)
  return { apart: of('apart'), met: of('met'), together: of('together') }
}

/** The lanes of each batch: hash keys stand evenly, so each shard has as many lanes as the other, in their order. */
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
    filling.bytes > PAYLOAD_BYTES || records.length === MOST_RECORDS || batch.seconds >= STORE_WINDOW_SECONDS
  if (!filling.isFull) records.push({ sequenceNumber: String(records.length + 1), bytes })
}
