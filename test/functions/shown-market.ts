/** What readers find of the market of stored-market.ts beside its ticks: the issue master, and the last board of each issue. */
import type { Tick } from '../../market/tick.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import { storeEvents, writeBoards } from './boards-fixture.ts'
import { ISSUES, TRADING_DATE } from './stored-market.ts'

/** Writes what broadcast writes after `ticks`. */
export async function showMarket(boards: BoardsTable, ticks: readonly Tick[]): Promise<void> {
  const issues = ISSUES.map(code => ({
    code,
    name: `銘柄${code}`,
    section: 'プライム',
    unit: 100,
    basePrice: 10_000_000,
    topix500: true,
  }))
  await storeEvents(boards, [
    { type: 'issues', line: 1, tradingDate: TRADING_DATE, part: 0, parts: 1, issues },
  ])
  await writeBoards(boards, new Map(ticks.map(tick => [tick.board.issue, tick])).values())
}
