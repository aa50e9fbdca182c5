/** The two sides of the ingest benchmark: from unpacked messages to envelopes, and to JSON records. */

import type { Board } from '../../market/board.ts'
import { decodeEnvelope } from '../../market/codec/envelope.ts'
import type { Tick } from '../../market/tick.ts'
import type { TradingDate } from '../../market/units.ts'
import { benchBoards } from '../bench-boards.ts'
import { LINE } from '../flex-line.ts'
import { createSlicedBoards, iconvText, messagesIn } from '../flex-slices.ts'
import { encodeRecord, recordOf } from '../json-record.ts'
import { createCutter } from '../lane-cutter.ts'

export interface Side {
  /** Messages received so far. */
  readonly messages: number
  /** Ticks produced from these messages. */
  readonly ticks: number
  /** Bytes for the stream so far. */
  readonly bytes: number
  /** @param messages back to back. */
  take(messages: Uint8Array): void
  /** Ends the input and flushes the last envelopes. */
  finish(): void
  /** Returns the current boards. */
  boards(): Iterable<Board>
}

/** @param read receives every tick; itastream decodes it from the envelope first. Without `read`, nothing is decoded. */
type OpenSide = (tradingDate: TradingDate, read: ((tick: Tick) => void) | undefined) => Side

export type SideName = 'itastream' | 'baseline'

/** The code of ingest-task, from message to envelope. */
const openItastream: OpenSide = (tradingDate, read) => {
  let bytes = 0
  const send = (envelope: Uint8Array): void => {
    bytes += envelope.length
    if (read === undefined) return
    const content = decodeEnvelope(envelope)
    if (content.kind === 'ticks') for (const tick of content.ticks) read(tick)
  }
  const cutter = createCutter(LINE, send, () => boards.boards())
  const boards = benchBoards(LINE, tradingDate, cutter.add)
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
    take: messages => boards.merge(messages),
    finish: cutter.finish,
    *boards() {
      for (const { board } of boards.boards()) yield board
    },
  }
}

/** The baseline: iconv-lite over the whole message, string slicing, one JSON record a tick. */
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
        // The record is dropped, as after sending.
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
