/** Trades that an app gets, and steps of a market whose volume grows by its trades. */
import assert from 'node:assert/strict'
import type { BoardEvent } from '../../client/itastream.ts'
import { F } from '../../market/board.ts'
import { STEP_FIELDS, type Truth } from './client-truth.ts'

/** Makes a step whose volume grows by its trade. */
export function step(truth: Truth, issue: string, value: number, traded?: number): void {
  const volume = (truth.json(issue)?.volume ?? 0) + (traded ?? 0)
  const fields = [
    [STEP_FIELDS[0]!, value],
    [F.volume, volume],
  ] as const
  truth.step(issue, { fields, ...(traded === undefined ? {} : { traded }) })
}

/** Collects the events of an issue, and checks that they are in order. */
export function collect() {
  const events: BoardEvent[] = []
  return {
    events,
    listener: (event: BoardEvent): void => {
      assert.ok(event.board.sequence >= (events.at(-1)?.board.sequence ?? 0))
      assert.ok(event.trades.every(({ sequence }) => sequence <= event.board.sequence))
      events.push(event)
    },
    trades: () => events.flatMap(event => event.trades.map(({ sequence }) => sequence)),
    first: () => events[0]?.board.sequence ?? 0,
    isLost: () => events.some(({ lost }) => lost === true),
  }
}

export const sequencesAfter = (truth: Truth, issue: string, after: number): number[] =>
  truth.trades(issue).flatMap(({ sequence }) => (sequence > after ? [sequence] : []))
