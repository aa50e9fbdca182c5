/** The two sides: what each makes of the messages of a line, once they are unpacked. */
import { createLineBoards } from '../../ingest-task/flex/line-boards.ts'
import type { Board } from '../../market/board.ts'
import { decodeEnvelope } from '../../market/codec/envelope.ts'
import type { Tick } from '../../market/tick.ts'
import type { TradingDate } from '../../market/units.ts'
import { LINE } from '../flex-line.ts'
import { createSlicedBoards, iconvText, messagesIn } from '../flex-slices.ts'
import { encodeRecord, recordOf } from '../json-record.ts'
import { createCutter } from '../lanes-bench.ts'

export interface Side {
  /** Messages taken so far. */
  readonly messages: number
  /** Ticks made of them. */
  readonly ticks: number
  /** Bytes of all that would go to the stream, so far. */
  readonly bytes: number
  /** @param messages back to back. */
  take(messages: Uint8Array): void
  /** No more will come: what still gathers goes to the stream. */
  finish(): void
  /** As they stand now. */
  boards(): Iterable<Board>
}

/** @param read gets every tick, as a reader of the stream reads it; without, nothing is read. */
type OpenSide = (tradingDate: TradingDate, read: ((tick: Tick) => void) | undefined) => Side

export type SideName = 'itastream' | 'baseline'

/** The way through ingest-task, from message to envelope. */
const openItastream: OpenSide = (tradingDate, read) => {
  let bytes = 0
  const send = (envelope: Uint8Array): void => {
    bytes += envelope.length
    if (read === undefined) return
    const content = decodeEnvelope(envelope)
    if (content.kind === 'ticks') for (const tick of content.ticks) read(tick)
  }
  const cutter = createCutter(LINE, send, () => boards.boards())
  const boards = createLineBoards(LINE, tradingDate, cutter.add)
  return {
    get messages() {
      return boards.counts.messages
    },
    get ticks() {
      return boards.counts.ticks
    },
    get bytes() {
      return bytes
    },
    take: boards.merge,
    finish: cutter.finish,
    *boards() {
      for (const { board } of boards.boards()) yield board
    },
  }
}

/** iconv-lite over the whole message, string slicing, one JSON record a tick. */
const openBaseline: OpenSide = (tradingDate, read) => {
  const boards = createSlicedBoards(tradingDate, iconvText)
  let messages = 0
  let bytes = 0
  return {
    get messages() {
      return messages
    },
    get ticks() {
      return messages
    },
    get bytes() {
      return bytes
    },
    take(batch) {
      for (const message of messagesIn(batch)) {
        const tick = boards.merge(message)
        // Let go, as it would be when it is sent.
        bytes += encodeRecord(recordOf(tick)).length
        messages++
        read?.(tick)
      }
    },
    finish() {},
    boards: boards.all,
  }
}

export const SIDES: Readonly<Record<SideName, OpenSide>> = {
  itastream: openItastream,
  baseline: openBaseline,
}
