import { copyBoard, emptyBoard, F } from '../../../market/board.ts'
import {
  type EnvelopeHeader,
  EnvelopeWriter,
  encodeBoards,
  encodeEvents,
} from '../../../market/codec/envelope.ts'
import type { MarketEvent } from '../../../market/market-event.ts'
import type { Tick } from '../../../market/tick.ts'
import { type EpochMillis, nowMillis } from '../../../market/units.ts'
import { MORNING, TRADING_DATE } from '../stored-market.ts'

/**
 * Makes stream records of a task of a line with one lane. Every test uses issues of its own.
 * @param follows in the first record: the record of another task that it follows.
 */
export function createFeed(epoch: EpochMillis = nowMillis(), follows?: EnvelopeHeader['follows']) {
  let sequence = 0
  let counter = 0
  /** The latest tick of each issue. */
  const latest = new Map<string, Tick>()
  const header = () => ({
    line: 1,
    lane: 0,
    epoch,
    counter: ++counter,
    tradingDate: TRADING_DATE,
    position: 0,
    reached: 0,
    ...(counter === 1 && follows !== undefined ? { follows } : {}),
  })
  return {
    tick(issue: string, volume: number): Tick {
      const before = latest.get(issue)?.board
      const board = before === undefined ? emptyBoard(issue) : copyBoard(before)
      board.values[F.volume] = volume
      board.values[F.last] = 10_000_000
      sequence++
      const tick: Tick = {
        tradingDate: TRADING_DATE,
        line: 1,
        sequence,
        time: MORNING + sequence,
        board,
        ...(before === undefined ? {} : { trade: { price: 10_000_000, quantity: 100 } }),
      }
      latest.set(issue, tick)
      return tick
    },
    ticks(...ticks: Tick[]): string {
      const writer = new EnvelopeWriter()
      for (const tick of ticks) writer.add(tick)
      return Buffer.from(writer.finish(header())).toString('base64')
    },
    keyFrame(): string {
      const ticks = [...latest.values()].map(({ trade: _, ...tick }) => tick)
      return Buffer.from(encodeBoards(header(), 1, 1, ticks)).toString('base64')
    },
    events: (...events: MarketEvent[]) => Buffer.from(encodeEvents(header(), events)).toString('base64'),
  }
}
