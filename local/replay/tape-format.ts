/**
 * The format of a tape: the ticks of a day in a folder, in the order in which a replay needs them.
 *
 * The archive is sorted by issue, but a line sends in the order of its counter. So all ticks are first written to one
 * file, in packs, issue after issue. A replay reads each issue at its own position, with one pack of it in memory.
 */
import * as v from 'valibot'
import type { IssueMaster } from '../../market/market-event.ts'
import type { Tick } from '../../market/tick.ts'
import { asTradingDate, type DayMicros, type TradingDate } from '../../market/units.ts'
import { issueMasterSchema } from './issue-master-schema.ts'

/** Ticks in a pack. The boards of 4,400 issues then take 100 MB of memory. Longer packs would be smaller on disk. */
export const PACK_TICKS = 64

/** The packs of all issues. Each pack has a {@link PackHead} before it. */
export const PACKS_FILE = 'packs'
/** The {@link TapeIndex} as JSON. */
export const INDEX_FILE = 'index.json'

/** All ticks of one issue. */
export interface Track {
  readonly issue: string
  readonly line: 1 | 2 | 3
  readonly ticks: number
  /** Offsets of its first byte in the file of packs, and of the byte after its last. */
  readonly start: number
  readonly end: number
}

export interface TapeIndex {
  readonly tradingDate: TradingDate
  /** The issue master. */
  readonly issues: readonly IssueMaster[]
  readonly tracks: readonly Track[]
  /** Number of ticks in each minute of the day, from midnight on. */
  readonly minutes: readonly number[]
}

const indexSchema = v.object({
  tradingDate: v.pipe(v.number(), v.transform(asTradingDate)),
  issues: v.array(issueMasterSchema),
  tracks: v.array(
    v.object({
      issue: v.string(),
      line: v.picklist([1, 2, 3]),
      ticks: v.number(),
      start: v.number(),
      end: v.number(),
    }),
  ),
  minutes: v.array(v.number()),
})

/** Reads the text of {@link INDEX_FILE}. */
export function parseIndex(text: string): TapeIndex {
  return v.parse(indexSchema, JSON.parse(text))
}

/** What is known of a pack without decoding it. */
export interface PackHead {
  /** Bytes of the pack. */
  readonly bytes: number
  /** Time and sequence of the last tick. */
  readonly lastTime: DayMicros
  readonly lastSequence: number
}

export const HEAD_BYTES = 20

export function encodeHead(bytes: number, { time, sequence }: Tick): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32BE(bytes)
  head.writeDoubleBE(time, 4)
  head.writeDoubleBE(sequence, 12)
  return head
}

export function decodeHead(head: Buffer): PackHead {
  return { bytes: head.readUInt32BE(), lastTime: head.readDoubleBE(4), lastSequence: head.readDoubleBE(12) }
}
