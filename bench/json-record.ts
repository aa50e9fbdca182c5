/** The baseline of envelopes and packs: one JSON record a tick. */
import type { BoardJson, TradeJson } from '../market/board-json.ts'
import { boardToJson, tradeToJson } from '../market/board-to-json.ts'
import type { Tick } from '../market/tick.ts'

export type JsonRecord = BoardJson & { readonly trade?: TradeJson }

/** Returns a record that a reader understands alone: the board in the API's JSON, and the trade if there is one. */
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
