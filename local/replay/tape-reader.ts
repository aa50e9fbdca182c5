/** Reads a tape. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { decodePack } from '../../market/codec/pack.ts'
import type { Tick } from '../../market/tick.ts'
import type { DayMicros } from '../../market/units.ts'
import {
  decodeHead,
  HEAD_BYTES,
  INDEX_FILE,
  PACKS_FILE,
  type PackHead,
  parseIndex,
  type TapeIndex,
  type Track,
} from './tape-format.ts'

export interface TapeReader {
  readonly index: TapeIndex
  /** Returns a cursor before the first tick of a track. */
  cursor(track: Track): TapeCursor
  close(): void
}

/** A position among the ticks of one issue. */
export interface TapeCursor {
  /** Returns the next tick without passing it. */
  peek(): Tick | undefined
  next(): Tick | undefined
  /** Passes all ticks up to a sequence. @returns the last of them. */
  skipTo(sequence: number): Tick | undefined
  /** Returns the highest sequence of a tick before `time` (µs of the day), 0 if there is none. Passes no tick. */
  sequenceBefore(time: DayMicros): number
}

/** Opens a tape. @param folder the folder in which createTape has written it. */
export function openTape(folder: string): TapeReader {
  const index = parseIndex(readFileSync(join(folder, INDEX_FILE), 'utf8'))
  const file = openSync(join(folder, PACKS_FILE), 'r')
  return {
    index,
    cursor: track => createCursor(file, track),
    close: () => closeSync(file),
  }
}

/** A pack in the file. */
interface PackPlace extends PackHead {
  /** Offset of the pack's first byte. */
  readonly start: number
  /** Offset of the byte after it: the head of the next pack. */
  readonly end: number
}

function createCursor(file: number, track: Track): TapeCursor {
  /** Offset of the next pack that is not decoded yet. */
  let offset = track.start
  /** The ticks of the current pack, and the position of the next one among them. */
  let ticks: readonly Tick[] = []
  let position = 0

  const placeAt = (headOffset: number): PackPlace | undefined =>
    headOffset < track.end ? readPlace(file, headOffset) : undefined
  const peek = (): Tick | undefined => {
    if (position === ticks.length) {
      const place = placeAt(offset)
      if (place === undefined) return undefined
      ticks = readPack(file, place)
      position = 0
      offset = place.end
    }
    return ticks[position]
  }
  const next = (): Tick | undefined => {
    const tick = peek()
    if (tick !== undefined) position++
    return tick
  }

  return {
    peek,
    next,
    skipTo(sequence) {
      let last: Tick | undefined
      while (position < ticks.length && ticks[position]!.sequence <= sequence) last = ticks[position++]
      if (position < ticks.length) return last
      // Packs that end before the sequence are passed without decoding them, except the last.
      let passed: PackPlace | undefined
      for (
        let place = placeAt(offset);
        place !== undefined && place.lastSequence <= sequence;
        place = placeAt(offset)
      ) {
        passed = place
        offset = place.end
      }
      if (passed !== undefined) last = readPack(file, passed).at(-1)
      for (let tick = peek(); tick !== undefined && tick.sequence <= sequence; tick = peek()) last = next()
      return last
    },
    sequenceBefore(time) {
      let sequence = 0
      for (let place = placeAt(track.start); place !== undefined; place = placeAt(place.end)) {
        if (place.lastTime >= time) {
          return readPack(file, place).findLast(tick => tick.time < time)?.sequence ?? sequence
        }
        sequence = place.lastSequence
      }
      return sequence
    },
  }
}

function readPlace(file: number, headOffset: number): PackPlace {
  const head = Buffer.allocUnsafe(HEAD_BYTES)
  readSync(file, head, 0, HEAD_BYTES, headOffset)
  const decoded = decodeHead(head)
  const start = headOffset + HEAD_BYTES
  return { ...decoded, start, end: start + decoded.bytes }
}

function readPack(file: number, { start, bytes }: PackPlace): Tick[] {
  const pack = Buffer.allocUnsafe(bytes)
  readSync(file, pack, 0, bytes, start)
  return decodePack(pack)
}
