/** Messages of an exchange as facts, to check ticks against. */
import assert from 'node:assert/strict'
import { type ExchangeOptions, openExchange } from '../../local/exchange/exchange.ts'
import { type Board, boardsEqual, copyBoard } from '../../market/board.ts'
import type { Envelope } from '../../market/codec/envelope.ts'
import type { Tick, Trade } from '../../market/tick.ts'

export interface Fact {
  readonly issue: string
  readonly time: number
  readonly board: Board
  readonly trade: Trade | undefined
}

export interface Truth {
  /** Returns the facts of a line up to a time of day, by message counter from 1 (index 0 is empty). */
  of(line: number, until: number): readonly Fact[]
}

/** Returns the facts of an exchange with these options. The exchange advances when a later time is asked for. */
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

/** Returns the ticks of a line in the order of each lane. Repeated envelopes are left out, as readers do. */
export function ticksOf(envelopes: readonly Envelope[], line: number): Tick[] {
  const seen = new Set<string>()
  return envelopes.flatMap(envelope => {
    const identity = `${envelope.lane}/${envelope.epoch}/${envelope.counter}`
    if (envelope.line !== line || envelope.kind !== 'ticks' || seen.has(identity)) return []
    seen.add(identity)
    return envelope.ticks
  })
}

/** Checks every tick against the fact of its counter. A tick of a snapshot has no trade. */
export function assertTrue(ticks: readonly Tick[], facts: readonly Fact[]): void {
  for (const { board, sequence, time, trade } of ticks) {
    const fact = facts[sequence]
    assert.equal(fact?.issue, board.issue, `issue of message ${sequence}`)
    assert.ok(boardsEqual(board, fact.board), `board of ${board.issue} after message ${sequence}`)
    assert.equal(time, fact.time, `time of message ${sequence}`)
    if (trade !== undefined) assert.deepEqual(trade, fact.trade, `trade of message ${sequence}`)
  }
}

/** Returns the counter of the last message before the line was live first. Every later message must have a tick. */
export function joinedAt(envelopes: readonly Envelope[], line: number): number {
  const live = envelopes.find(
    envelope =>
      envelope.line === line &&
      envelope.kind === 'events' &&
      envelope.events.some(event => event.type === 'line' && event.state === 'live'),
  )
  assert.ok(live !== undefined, `line ${line} was live`)
  return live.reached
}

/**
 * Checks that every message after the snapshot has a tick with its trade, and that each issue has the tick of its latest
 * message before the snapshot.
 * @returns the number of messages after the snapshot.
 */
export function assertWhole(ticks: readonly Tick[], facts: readonly Fact[]): number {
  const sequences = new Set(ticks.map(({ sequence }) => sequence))
  let snapshotAt = Math.max(...sequences)
  while (sequences.has(snapshotAt)) snapshotAt--
  const seen = new Set<string>()
  let live = 0
  for (const { board, sequence, trade } of ticks) {
    const { issue } = board
    if (sequence > snapshotAt) {
      live++
      // Only the first tick of an issue can be of the snapshot.
      if (seen.has(issue)) assert.deepEqual(trade, facts[sequence]!.trade, `trade of message ${sequence}`)
    } else {
      const latest = facts.findLastIndex((fact, counter) => counter <= snapshotAt && fact?.issue === issue)
      assert.equal(sequence, latest, `the latest message of ${issue} up to ${snapshotAt}`)
    }
    seen.add(issue)
  }
  return live
}

/** Checks that the ticks of each issue are in order, by sequence and by time. */
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
