/** Lists the issues of a day: those of the issue master, and those that have a board but are not in the master. */
import type { DayIssues } from '../../archive/manifest.ts'
import { compareIssueCodes } from '../../market/issue-code.ts'
import type { TickPlace } from '../../market/tick.ts'
import type { DayMicros, EpochMillis, TradingDate } from '../../market/units.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import { readAllIntactBoards, readIntactBoards } from '../../tables/boards/intact-boards.ts'
import { createMaster } from '../../tables/boards/master-list.ts'

/** Lists the issues as they are now. */
export async function listIssues(boards: BoardsTable, tradingDate: TradingDate): Promise<DayIssues> {
  const [master, latest] = await Promise.all([createMaster(boards).read(), readAllIntactBoards(boards)])
  const listed = new Set(master.map(({ code }) => code))
  return {
    tradingDate,
    issues: master.toSorted((a, b) => compareIssueCodes(a.code, b.code)),
    others: [...latest.keys()].filter(issue => !listed.has(issue)).sort(compareIssueCodes),
  }
}

/** Returns whether any issue had its latest tick on a trading date. */
export async function hasTicksOf(boards: BoardsTable, tradingDate: TradingDate): Promise<boolean> {
  return [...(await readAllIntactBoards(boards)).values()].some(tick => tick.tradingDate === tradingDate)
}

/**
 * Returns the issues whose board shows a tick of the date that is not stored yet.
 * @param end last microsecond of the day that counts.
 * @param lastStored the place of each issue's last stored tick of the date; undefined if there is none.
 * @throws DeadlineError if the table throttles until `deadline`.
 */
export async function issuesBehind(
  boards: BoardsTable,
  tradingDate: TradingDate,
  end: DayMicros,
  lastStored: ReadonlyMap<string, TickPlace | undefined>,
  deadline: EpochMillis,
): Promise<string[]> {
  const ticks = await readIntactBoards(boards, new Set(lastStored.keys()), deadline)
  return ticks
    .filter(tick => tick.tradingDate === tradingDate && tick.time <= end)
    .filter(({ board, sequence }) => sequence > (lastStored.get(board.issue)?.sequence ?? 0))
    .map(({ board }) => board.issue)
    .sort(compareIssueCodes)
}
