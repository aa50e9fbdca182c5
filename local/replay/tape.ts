/**
 * A day as it is played: the archive lies by issue, and a line speaks in the order of its counter. So all ticks are
 * written once to a file in packs, issue after issue, from which each issue can be read on as its turn comes, with
 * only one pack of it in memory.
 */
import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { decodePack, encodePack } from '../../market/codec/pack.ts'
import type { IssueMaster } from '../../market/market-event.ts'
import type { Tick } from '../../market/tick.ts'
import { asTradingDate, type DayMicros, type TradingDate } from '../../market/units.ts'

/** Ticks of a pack: 4,400 issues have some 150,000 boards in memory, 100 MB. More would be smaller on disk. */
const PACK_TICKS = 64
/** Before each pack: its bytes, its last tick's time and sequence. */
const HEAD_BYTES = 20
const PACKS_FILE = 'packs'
const INDEX_FILE = 'index.json'
const MINUTE = 60_000_000
const MINUTES_A_DAY = 24 * 60

const indexSchema = v.object({
  tradingDate: v.pipe(v.number(), v.transform(asTradingDate)),
  issues: v.array(
    v.object({
      code: v.string(),
      name: v.string(),
      section: v.string(),
      unit: v.number(),
      basePrice: v.number(),
      topix500: v.boolean(),
    }),
  ),
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

export interface TapeIndex {
  readonly tradingDate: TradingDate
  /** The issue master. */
  readonly issues: readonly IssueMaster[]
  readonly tracks: readonly Track[]
  /** Ticks in each minute of the day. */
  readonly minutes: readonly number[]
}

/** All ticks of an issue. */
export interface Track {
  readonly issue: string
  readonly line: 1 | 2 | 3
  readonly ticks: number
  /** Its bytes in the file of packs. */
  readonly start: number
  readonly end: number
}

export interface TapeWriter {
  /** Ticks come issue after issue, by rising sequence. @throws RangeError when they do not. */
  add(tick: Tick): void
  finish(issues: readonly IssueMaster[]): TapeIndex
}

/** @param folder empty; holds the tape afterwards. */
export function createTape(folder: string, tradingDate: TradingDate): TapeWriter {
  const file = openSync(join(folder, PACKS_FILE), 'wx')
  const tracks: Track[] = []
  const written = new Set<string>()
  const minutes = new Array<number>(MINUTES_A_DAY).fill(0)
  const head = Buffer.alloc(HEAD_BYTES)
  let pack: Tick[] = []
  let track = { issue: '', line: 1 as Track['line'], ticks: 0, start: 0 }
  let end = 0

  const flush = (): void => {
    const last = pack.at(-1)
    if (last === undefined) return
    const bytes = encodePack(pack)
    head.writeUInt32BE(bytes.length)
    head.writeDoubleBE(last.time, 4)
    head.writeDoubleBE(last.sequence, 12)
    writeSync(file, head)
    writeSync(file, bytes)
    end += HEAD_BYTES + bytes.length
    pack = []
  }
  const closeTrack = (): void => {
    flush()
    if (track.ticks > 0) tracks.push({ ...track, end })
  }

  return {
    add(tick) {
      const { issue } = tick.board
      if (issue !== track.issue) {
        closeTrack()
        if (written.has(issue))
          throw new RangeError(`expected the ticks of ${issue} together, got some later`)
        written.add(issue)
        track = { issue, line: lineOf(tick), ticks: 0, start: end }
      }
      if (tick.tradingDate !== tradingDate) {
        throw new RangeError(`expected ticks of ${tradingDate}, got one of ${issue} on ${tick.tradingDate}`)
      }
      pack.push(tick)
      track.ticks++
      minutes[Math.floor(tick.time / MINUTE)]!++
      if (pack.length === PACK_TICKS) flush()
    },
    finish(issues) {
      closeTrack()
      closeSync(file)
      const index: TapeIndex = { tradingDate, issues, tracks, minutes }
      writeFileSync(join(folder, INDEX_FILE), JSON.stringify(index))
      return index
    },
  }
}

function lineOf({ line, board }: Tick): Track['line'] {
  if (line === 1 || line === 2 || line === 3) return line
  throw new RangeError(`expected a tick of line 1, 2 or 3, got one of ${board.issue} on line ${line}`)
}

/** The ticks of one issue in order. */
export interface Cursor {
  /** The next one, which stays the next one. */
  peek(): Tick | undefined
  next(): Tick | undefined
  /** Passes over all ticks up to a sequence. @returns the last of them. */
  skipTo(sequence: number): Tick | undefined
  /** The greatest sequence of a tick before a microsecond of the day; 0 when there is none. Passes over nothing. */
  sequenceBefore(time: DayMicros): number
}

export interface Tape {
  readonly index: TapeIndex
  cursor(track: Track): Cursor
  close(): void
}

/** @param folder where {@link createTape} has written. */
export function openTape(folder: string): Tape {
  const index = v.parse(indexSchema, JSON.parse(readFileSync(join(folder, INDEX_FILE), 'utf8')))
  const file = openSync(join(folder, PACKS_FILE), 'r')
  return {
    index,
    cursor: track => createCursor(file, track),
    close: () => closeSync(file),
  }
}

interface Head {
  /** Where the pack begins, and ends. */
  readonly from: number
  readonly to: number
  readonly lastTime: DayMicros
  readonly lastSequence: number
}

function createCursor(file: number, track: Track): Cursor {
  let at = track.start
  let ticks: readonly Tick[] = []
  let position = 0

  const headAt = (offset: number): Head | undefined => {
    if (offset >= track.end) return undefined
    const head = Buffer.allocUnsafe(HEAD_BYTES)
    readSync(file, head, 0, HEAD_BYTES, offset)
    const from = offset + HEAD_BYTES
    return {
      from,
      to: from + head.readUInt32BE(),
      lastTime: head.readDoubleBE(4),
      lastSequence: head.readDoubleBE(12),
    }
  }
  const ticksOf = ({ from, to }: Head): Tick[] => {
    const bytes = Buffer.allocUnsafe(to - from)
    readSync(file, bytes, 0, bytes.length, from)
    return decodePack(bytes)
  }
  const peek = (): Tick | undefined => {
    if (position === ticks.length) {
      const head = headAt(at)
      if (head === undefined) return undefined
      ticks = ticksOf(head)
      position = 0
      at = head.to
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
      let passed: Head | undefined
      for (let head = headAt(at); head !== undefined && head.lastSequence <= sequence; head = headAt(at)) {
        passed = head
        at = head.to
      }
      if (passed !== undefined) last = ticksOf(passed).at(-1)
      for (let tick = peek(); tick !== undefined && tick.sequence <= sequence; tick = peek()) last = next()
      return last
    },
    sequenceBefore(time) {
      let sequence = 0
      for (let head = headAt(track.start); head !== undefined; head = headAt(head.to)) {
        if (head.lastTime >= time) {
          return ticksOf(head).findLast(tick => tick.time < time)?.sequence ?? sequence
        }
        sequence = head.lastSequence
      }
      return sequence
    },
  }
}
