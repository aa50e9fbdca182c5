/** What an exchange says, kept as the truth that ticks are held against. */
import assert from 'node:assert/strict'
import { type ExchangeOptions, openExchange } from '../../local/exchange/exchange.ts'
import { type Board, boardsEqual, copyBoard } from '../../market/board.ts'
import type { Envelope } from '../../market/envelope.ts'
import type { Tick, Trade } from '../../market/tick.ts'

export interface Fact {
  readonly issue: string
  readonly time: number
  readonly board: Board
  readonly trade: Trade | undefined
}

/** The facts of each line, by message counter from 1 (index 0 is empty). */
export function truthOf(options: ExchangeOptions, until: number): Fact[][] {
  const lines: Fact[][] = [[], [], []]
  for (const event of openExchange(options).advance(until)) {
    if (event.kind !== 'message') continue
    const { issue, time, board, trade } = event
    lines[event.line - 1]![event.sequence] = { issue, time, board: copyBoard(board), trade }
  }
  return lines
}

/** Ticks of a line in the order of each lane, repeats of envelopes left out as a reader would. */
export function ticksOf(envelopes: readonly Envelope[], line: number): Tick[] {
  const seen = new Set<string>()
  return envelopes.flatMap(envelope => {
    const identity = `${envelope.lane}/${envelope.epoch}/${envelope.counter}`
    if (envelope.line !== line || envelope.kind !== 'ticks' || seen.has(identity)) return []
    seen.add(identity)
    return envelope.ticks
  })
}

/** Holds every tick against the fact of its message. */
export function assertTrue(ticks: readonly Tick[], facts: readonly Fact[]): void {
  for (const tick of ticks) {
    const fact = facts[tick.sequence]
    assert.ok(fact !== undefined, `no message ${tick.sequence}`)
    assert.equal(tick.board.issue, fact.issue, `issue of message ${tick.sequence}`)
    assert.ok(boardsEqual(tick.board, fact.board), `board of ${fact.issue} after message ${tick.sequence}`)
    assert.equal(tick.time, fact.time, `time of message ${tick.sequence}`)
    assert.deepEqual(tick.trade, fact.trade, `trade of message ${tick.sequence}`)
  }
}

/** Ticks of an issue must follow each other, in sequence and in time. */
export function assertOrdered(ticks: readonly Tick[]): void {
  const latest = new Map<string, Tick>()
  for (const tick of ticks) {
    const before = latest.get(tick.board.issue)
    if (before !== undefined) {
      assert.ok(
        tick.sequence > before.sequence,
        `${tick.board.issue}: ${before.sequence}, then ${tick.sequence}`,
      )
      assert.ok(tick.time >= before.time, `${tick.board.issue}: ${before.time}, then ${tick.time}`)
    }
    latest.set(tick.board.issue, tick)
  }
}
