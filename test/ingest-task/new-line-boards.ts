/** Boards of a line for tests whose messages are all possible. */
import assert from 'node:assert/strict'
import { LineBoards } from '../../ingest-task/flex/line-boards.ts'
import type { PublishedBoards } from '../../ingest-task/flex/line-boards-options.ts'
import { DAY_MICROSECONDS } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import type { TradingDate } from '../../market/units.ts'

/** Returns boards whose messages may be impossible. `now`: when they come, µs of the day. */
export function doubtfulLineBoards(
  line: number,
  tradingDate: TradingDate,
  onTick: (tick: Tick) => void,
  now = (): number => DAY_MICROSECONDS - 1,
): LineBoards {
  return new LineBoards({ line, tradingDate, now, onTick, onImpossible() {} })
}

/** Returns boards that all messages reach in the evening. An impossible message fails the test. */
export function newLineBoards(
  line: number,
  tradingDate: TradingDate,
  onTick: (tick: Tick) => void,
  published?: PublishedBoards,
): LineBoards {
  return new LineBoards({
    line,
    tradingDate,
    now: () => DAY_MICROSECONDS - 1,
    onTick,
    onImpossible: message => assert.fail(`expected possible messages, got ${JSON.stringify(message)}`),
    published,
  })
}
