/** Measures decoding market messages to boards from bytes, beside iconv-lite over the whole message and string slicing. */
import assert from 'node:assert/strict'
import { copyBoard } from '../market/board.ts'
import type { Tick } from '../market/tick.ts'
import { figure, times } from '../tools/table.ts'
import { benchBoards } from './bench-boards.ts'
import { type Benchmark, ratesOf } from './benchmark.ts'
import { LINE, type LineMessages, readLine } from './flex-line.ts'
import { createSlicedBoards, iconvText, type ToText } from './flex-slices.ts'
import { TRADING_DATE } from './opening.ts'

/** Messages are ASCII, so Node's own decoder works too. Its rate shows the part of the difference due to iconv-lite. */
const nodeText: ToText = message => Buffer.from(message).toString('latin1')

export const decode: Benchmark = {
  name: 'decode',
  about: 'market messages to boards, beside iconv-lite over the whole message and string slicing',
  async run() {
    const line = readLine()
    checkSame(line)
    const units = line.count
    const rates = await ratesOf({
      own: { units, work: () => mergeAll(line) },
      iconv: { units, work: () => sliceAll(line, iconvText) },
      node: { units, work: () => sliceAll(line, nodeText) },
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
        `${figure(units)} messages of ${figure(line.bytes / units)} bytes, first boards and auctions among them; ` +
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

function mergeAll({ frames }: LineMessages): void {
  const boards = benchBoards(LINE, TRADING_DATE, () => {})
  for (const frame of frames) boards.merge(frame)
}

function sliceAll({ batches }: LineMessages, toText: ToText): void {
  const boards = createSlicedBoards(TRADING_DATE, toText)
  for (const batch of batches) for (const message of batch) boards.merge(message)
}

/** @throws AssertionError unless both sides produce the same ticks. */
function checkSame({ batches, frames }: LineMessages): void {
  let own: Tick[] = []
  const boards = benchBoards(LINE, TRADING_DATE, tick => own.push(withOwnBoard(tick)))
  const slices = createSlicedBoards(TRADING_DATE, iconvText)
  for (const [index, frame] of frames.entries()) {
    own = []
    boards.merge(frame)
    const sliced = batches[index]!.map(message => withOwnBoard(slices.merge(message)))
    assert.deepStrictEqual(own, sliced)
  }
}

function withOwnBoard(tick: Tick): Tick {
  return { ...tick, board: copyBoard(tick.board) }
}
