/**
 * Golden vectors: ticks, and the bytes of their envelopes and packs from the time when the formats were fixed.
 *
 * No test writes the files `*.json.gz`. So a change of the codec that changes a byte, or that reads a stored byte
 * differently, fails a test. `node test/market/golden/write.ts` wrote the files. Delete and write them again only with a
 * new format version.
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { ABSENT } from '../../../market/board.ts'
import type { EnvelopeHeader } from '../../../market/codec/envelope.ts'
import type { MarketEvent } from '../../../market/market-event.ts'
import type { Tick } from '../../../market/tick.ts'

/** A tick in the file: the board as a list of numbers, `null` for an absent value. */
export type TickJson = Omit<Tick, 'board'> & {
  readonly board: { readonly issue: string; readonly values: readonly (number | null)[] }
}

interface EnvelopeVector {
  readonly header: EnvelopeHeader
  /** Base64. */
  readonly bytes: string
}

export interface VectorsJson {
  /** All ticks, in the order of their lines. The other members refer to them by index. */
  readonly ticks: readonly TickJson[]
  readonly envelopes: readonly (EnvelopeVector & { readonly ticks: readonly number[] })[]
  readonly keyFrames: readonly (EnvelopeVector & {
    readonly part: number
    readonly parts: number
    readonly ticks: readonly number[]
  })[]
  readonly events: readonly (EnvelopeVector & { readonly events: readonly MarketEvent[] })[]
  readonly packs: readonly { readonly ticks: readonly number[]; readonly bytes: string }[]
}

export const VECTOR_FILES = {
  opening: new URL('./vectors.json.gz', import.meta.url),
  trading: new URL('./trading-vectors.json.gz', import.meta.url),
}

/** Reads the vectors of a file. Their ticks have boards as the codec uses them. */
export function readVectors(file: URL): Omit<VectorsJson, 'ticks'> & { readonly ticks: readonly Tick[] } {
  const vectors = JSON.parse(gunzipSync(readFileSync(file)).toString()) as VectorsJson
  return { ...vectors, ticks: vectors.ticks.map(fromJson) }
}

export function toJson(tick: Tick): TickJson {
  const values = Array.from(tick.board.values, value => (value === ABSENT ? null : value))
  return { ...tick, board: { issue: tick.board.issue, values } }
}

function fromJson(tick: TickJson): Tick {
  const values = Float64Array.from(tick.board.values, value => value ?? ABSENT)
  return { ...tick, board: { issue: tick.board.issue, values } }
}
