/** Boards of a line for benchmarks, whose messages are all possible. */
import { LineBoards } from '../ingest-task/flex/line-boards.ts'
import { DAY_MICROSECONDS } from '../market/moment.ts'
import type { Tick } from '../market/tick.ts'
import type { TradingDate } from '../market/units.ts'

/** @throws Error on an impossible message. */
export function benchBoards(
  line: number,
  tradingDate: TradingDate,
  onTick: (tick: Tick) => void,
): LineBoards {
  return new LineBoards({
    line,
    tradingDate,
    now: () => DAY_MICROSECONDS - 1,
    onTick,
    onImpossible({ issue, sequence }) {
      throw new Error(`expected possible messages, got message ${sequence} of ${issue}`)
    },
  })
}
