/** A line whose messages may be bad, and the task's way to deal with them: three reads, then a snapshot. */
import { LineBoards } from '../../../ingest-task/flex/line-boards.ts'
import { FlexError } from '../../../ingest-task/flex/read-digits.ts'
import { openExchange } from '../../../local/exchange/exchange.ts'
import { snapshotMessage } from '../../../local/exchange/flex.ts'
import { copyBoard } from '../../../market/board.ts'
import type { Tick } from '../../../market/tick.ts'
import { asTradingDate } from '../../../market/units.ts'

const HOUR = 3_600_000_000
/** From a message to its arrival, µs. */
const LATENCY = 4_000
const FRAME_MESSAGES = 4
const HEADER_BYTES = 41
const SEPARATOR = '\x13'

export interface LineMessage {
  readonly bytes: Uint8Array
  readonly issue: string
  /** µs of the day. */
  readonly arrival: number
}

const DATE = asTradingDate(20261120)

/** Returns the messages of line 1 around the opening of a generated market. */
export function readMessages(seed: number): LineMessage[] {
  const options = { seed, issues: 18, rate: 120, tradingDate: DATE, from: 9 * HOUR - 3_000_000 }
  return [...openExchange(options).advance(9 * HOUR + 12_000_000)].flatMap(event =>
    event.kind === 'message' && event.line === 1
      ? [{ bytes: Uint8Array.from(event.bytes), issue: event.issue, arrival: event.time + LATENCY }]
      : [],
  )
}

export interface Run {
  /** Ticks by the index of their message, with copies of their boards. */
  readonly ticks: ReadonlyMap<number, Tick>
  /** Messages with impossible values. */
  readonly impossible: number
  /** Whether a message had to be passed over, and a snapshot replaced what it changed. */
  readonly snapshots: number
}

/** Reads messages in frames of some messages. A bad frame is read three times; then a snapshot follows. */
export function readLine(messages: readonly LineMessage[], clean?: Run): Run {
  const ticks = new Map<number, Tick>()
  let [arrival, impossible, snapshots] = [0, 0, 0]
  const boards = new LineBoards({
    line: 1,
    tradingDate: DATE,
    now: () => arrival,
    onTick: tick => ticks.set(tick.sequence - 1, { ...tick, board: copyBoard(tick.board) }),
    onImpossible: () => impossible++,
  })
  for (let index = 0; index < messages.length; index += FRAME_MESSAGES) {
    const frame = messages.slice(index, index + FRAME_MESSAGES)
    arrival = frame.at(-1)!.arrival
    if (isReadable(boards, Buffer.concat(frame.map(({ bytes }) => bytes)))) continue
    if (clean === undefined) throw new Error(`expected clean messages, got a bad one after ${index}`)
    boards.replace(snapshotAfter(clean, index + frame.length - 1))
    boards.endSnapshot()
    snapshots++
  }
  return { ticks, impossible, snapshots }
}

function isReadable(boards: LineBoards, bytes: Buffer): boolean {
  let readable = true
  for (const isLast of [false, false, true]) {
    try {
      boards.merge(bytes, isLast ? () => (readable = false) : undefined)
      return readable
    } catch (error) {
      if (!(error instanceof FlexError)) throw error
    }
  }
  return false
}

/** Returns the boards after a message, as the line would send them. */
function snapshotAfter({ ticks }: Run, index: number): Buffer {
  const latest = new Map<string, Tick>()
  for (const [at, tick] of ticks) if (at <= index) latest.set(tick.board.issue, tick)
  return Buffer.concat([...latest.values()].map(({ board, sequence }) => snapshotMessage(board, 1, sequence)))
}

/** Returns the names of the tags of a message. */
export function tagsOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes.subarray(HEADER_BYTES, -1))
    .toString('latin1')
    .split(SEPARATOR)
    .map(tag => tag.slice(0, 2))
}

/** Returns a message with other text in a tag. */
export function withTag(bytes: Uint8Array, name: string, at: number, text: string): Uint8Array {
  const all = Buffer.from(bytes).toString('latin1')
  const tag = name === 'NO' ? all.indexOf('\x12NO') + 1 : all.indexOf(SEPARATOR + name) + 1
  if (tag === 0) return bytes
  return Buffer.from(all.slice(0, tag + at) + text + all.slice(tag + at + text.length), 'latin1')
}
