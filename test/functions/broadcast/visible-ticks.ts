/** Random markets in which every tick is visible to apps. */
import type fc from 'fast-check'
import { copyBoard, F } from '../../../market/board.ts'
import type { Tick } from '../../../market/tick.ts'
import { sampleTicks, ticksOfLine } from '../stored-market.ts'

/** Every tick changes a field that the view `board` shows. */
export function makeVisible(ticks: readonly Tick[]): Tick[] {
  return ticks.map((tick, index) => {
    const board = copyBoard(tick.board)
    board.values[F.under] = index
    return { ...tick, board }
  })
}
export const visibleTicks = (options: Parameters<typeof ticksOfLine>[0]): fc.Arbitrary<Tick[]> =>
  ticksOfLine(options).map(makeVisible)
export const visibleSample = (count: number): Tick[] => makeVisible(sampleTicks(count))
