/** The baseline of envelopes and packs: each tick alone, as JSON. */
import type { BoardJson, TradeJson } from '../market/board-json.ts'
import { boardToJson, tradeToJson } from '../market/board-to-json.ts'
import type { Tick } from '../market/tick.ts'

export type JsonRecord = BoardJson & { readonly trade?: TradeJson }

/** Whole, so that a reader needs nothing else: the board as the API shows it, and the trade if there was one. */
export function recordOf(tick: Tick): JsonRecord {
  const board = boardToJson(tick)
  return tick.trade === undefined ? board : { ...board, trade: tradeToJson(tick, tick.trade) }
}

export function encodeRecord(record: JsonRecord): Buffer {
  return Buffer.from(JSON.stringify(record))
}

export function decodeRecord(bytes: Buffer): JsonRecord {
  return JSON.parse(bytes.toString()) as JsonRecord
}
