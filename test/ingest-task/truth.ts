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

export interface Truth {
  /** The facts of a line up to a time of day, by message counter from 1 (index 0 is empty). */
  of(line: number, until: number): readonly Fact[]
}

/** The truth of an exchange with these options; reads on as far as it is asked. */
export function openTruth(options: ExchangeOptions): Truth {
  const exchange = openExchange(options)
  const lines: Fact[][] = [[], [], []]
  return {
    of(line, until) {
      for (const event of exchange.advance(until)) {
        if (event.kind !== 'message') continue
        const { issue, time, board, trade } = event
        lines[event.line - 1]![event.sequence] = { issue, time, board: copyBoard(board), trade }
      }
      return lines[line - 1]!
    },
  }
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

/**
 * Holds every tick against the latest fact of its issue at its counter.
 * Ticks of a snapshot have one counter together and no trade.
 */
export function assertTrue(ticks: readonly Tick[], facts: readonly Fact[]): void {
  const snapshots = new Set(
    ticks.flatMap(tick => (facts[tick.sequence]?.issue === tick.board.issue ? [] : [tick.sequence])),
  )
  for (const tick of ticks) {
    const { issue } = tick.board
    const fact = facts.findLast((known, sequence) => sequence <= tick.sequence && known.issue === issue)
    assert.ok(fact !== undefined, `no message of ${issue} up to ${tick.sequence}`)
    assert.ok(boardsEqual(tick.board, fact.board), `board of ${issue} after message ${tick.sequence}`)
    assert.equal(tick.time, fact.time, `time of message ${tick.sequence}`)
    const trade = snapshots.has(tick.sequence) ? undefined : fact.trade
    assert.deepEqual(tick.trade, trade, `trade of message ${tick.sequence}`)
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
