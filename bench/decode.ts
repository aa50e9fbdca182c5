/** Market messages to boards: from the bytes, against iconv-lite over the whole message and string slicing. */
import assert from 'node:assert/strict'
import iconv from 'iconv-lite'
import { createLineBoards } from '../ingest-task/flex/line-boards.ts'
import { copyBoard } from '../market/board.ts'
import { LINES } from '../market/lane.ts'
import type { Tick } from '../market/tick.ts'
import { type Benchmark, ratesOf } from './benchmark.ts'
import { createSlicedBoards } from './flex-slices.ts'
import { type OpeningOptions, playOpening, TRADING_DATE } from './opening.ts'
import { figure, times } from './table.ts'

const INPUT: OpeningOptions = { ticksPerSecond: 10_000, seconds: 1 }
/** Messages come back to back in frames, so many bytes at most: BATCH_BYTES of local/line/feed.ts. */
const FRAME_BYTES = 32 * 1024

/** All messages of one line, from its first. */
interface Line {
  readonly number: number
  /** Each message alone, by frame; and the frames. */
  readonly batches: readonly (readonly Uint8Array[])[]
  readonly frames: readonly Uint8Array[]
}

type ToText = (message: Uint8Array) => string
const withIconv: ToText = message => iconv.decode(message, 'windows-31j')
const withNode: ToText = message => Buffer.from(message).toString('latin1')

export const decode: Benchmark = {
  name: 'decode',
  about: 'market messages to boards, beside iconv-lite over the whole message and string slicing',
  async run() {
    const lines = readLines()
    for (const line of lines) checkSame(line)
    const messages = lines.flatMap(({ batches }) => batches.flat())
    const units = messages.length
    const bytes = messages.reduce((sum, { length }) => sum + length, 0)
    const rates = await ratesOf({
      own: { units, work: () => mergeAll(lines) },
      iconv: { units, work: () => sliceAll(lines, withIconv) },
      node: { units, work: () => sliceAll(lines, withNode) },
    })
    const row = (name: string, rate: number): string[] => [name, figure(rate), times(rate / rates.iconv)]
    return {
      table: [
        ['', 'messages a CPU second', ''],
        row('ingest-task/flex', rates.own),
        row('iconv-lite and string slicing, the baseline', rates.iconv),
        row('the same slicing, text by Node as latin1', rates.node),
      ],
      notes: [
        `${figure(units)} messages of ${figure(bytes / units)} bytes, first boards and auctions among them; ` +
          'every tick of both sides is the same.',
      ],
      figures: {
        messagesPerCpuSecond: rates.own,
        baselineMessagesPerCpuSecond: rates.iconv,
        ratio: rates.own / rates.iconv,
        latin1MessagesPerCpuSecond: rates.node,
      },
    }
  },
}

function readLines(): Line[] {
  const batches: Uint8Array[][][] = Array.from({ length: LINES }, () => [[]])
  const sizes = new Array<number>(LINES).fill(0)
  for (const { line, bytes } of playOpening(INPUT)) {
    const index = line - 1
    if (sizes[index]! + bytes.length > FRAME_BYTES) {
      batches[index]!.push([])
      sizes[index] = 0
    }
    sizes[index]! += bytes.length
    batches[index]!.at(-1)!.push(bytes)
  }
  return batches.map((ofLine, index) => ({
    number: index + 1,
    batches: ofLine,
    frames: ofLine.map(batch => Buffer.concat(batch)),
  }))
}

function mergeAll(lines: readonly Line[]): void {
  for (const { number, frames } of lines) {
    const boards = createLineBoards(number, TRADING_DATE, () => {})
    for (const frame of frames) boards.merge(frame)
  }
}

function sliceAll(lines: readonly Line[], toText: ToText): void {
  for (const { batches } of lines) {
    const read = createSlicedBoards(TRADING_DATE, toText)
    for (const batch of batches) for (const message of batch) read(message)
  }
}

/** @throws AssertionError unless both sides make the same ticks of the line's messages. */
function checkSame({ number, batches, frames }: Line): void {
  let own: Tick[] = []
  const boards = createLineBoards(number, TRADING_DATE, tick => own.push(withOwnBoard(tick)))
  const read = createSlicedBoards(TRADING_DATE, withIconv)
  for (const [index, frame] of frames.entries()) {
    own = []
    boards.merge(frame)
    const sliced = batches[index]!.map(message => withOwnBoard(read(message)))
    assert.deepStrictEqual(own, sliced)
  }
}

function withOwnBoard(tick: Tick): Tick {
  return { ...tick, board: copyBoard(tick.board) }
}
