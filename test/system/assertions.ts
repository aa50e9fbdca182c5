/** Compares everything that a client received with the truth. */
import assert from 'node:assert/strict'
import { WRITE_EVERY_MS } from '../../functions/broadcast/board-writer.ts'
import type { BoardJson } from '../../market/board-json.ts'
import { boardInView, boardToJson } from '../../market/board-to-json.ts'
import { trueTrades } from '../market/trade-truth.ts'
import type { Collected } from './collect.ts'
import type { Truth } from './system-truth.ts'

/** Asserts that every board equals a board that the exchange sent. */
export function assertTrue(truth: Truth, boards: readonly BoardJson[]): void {
  for (const board of boards) {
    const tick = truth.at(board.issue, board.sequence)
    assert.ok(
      tick,
      `expected issue ${board.issue} to have sequence ${board.sequence}, the exchange sent none`,
    )
    assert.deepEqual(board, boardInView(tick, 'board'))
  }
}

/** Asserts that a board is at most a few seconds older than the truth. Reading the truth takes a moment. */
export function assertCaughtUp(truth: Truth, board: BoardJson | undefined): void {
  assert.ok(board)
  const expected = truth.asOf(board.issue, truth.until - 3_000_000)
  assert.ok(
    expected && board.sequence >= expected.sequence,
    `issue ${board.issue} stands at ${board.sequence}, the exchange was at ${expected?.sequence} three seconds before`,
  )
}

/** Asserts that a board of the boards table equals one that the exchange sent, at most the interval of its writes ago. */
export function assertStored(truth: Truth, board: BoardJson): void {
  const tick = truth.at(board.issue, board.sequence)
  assert.deepEqual(board, tick && boardToJson(tick))
  const expected = truth.asOf(board.issue, truth.until - (WRITE_EVERY_MS + 3_000) * 1_000)
  assert.ok(
    expected && board.sequence >= expected.sequence,
    `issue ${board.issue} stands at ${board.sequence}, the exchange was at ${expected?.sequence} an interval before`,
  )
}

/** Asserts that every difference contains each trade since the board before it, once. */
export function assertTradesComplete(truth: Truth, { events }: Collected): void {
  const before = new Map<string, number>()
  let count = 0
  for (const { issue, board, trades, snapshot } of events) {
    const from = before.get(issue)
    before.set(issue, board.sequence)
    if (snapshot || from === undefined) continue
    const between = trueTrades(truth.ticksOf(issue)).filter(
      ({ sequence }) => sequence > from && sequence <= board.sequence,
    )
    assert.deepEqual(trades, between, `trades of issue ${issue} from sequence ${from} to ${board.sequence}`)
    count += trades.length
  }
  assert.ok(count > 0, 'expected some trades, got none')
}
