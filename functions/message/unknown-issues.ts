/** Finds the issues that an app cannot subscribe to. */
import { type BoardsTable, readBoards } from '../../tables/boards/boards-table.ts'
import type { IssueListing } from '../../tables/boards/issue-listing.ts'

/** Returns those of `issues` that are neither listed nor have a board. */
export async function unknownIssues(
  boards: BoardsTable,
  listing: IssueListing,
  issues: readonly string[],
): Promise<string[]> {
  const unlisted = await listing.recheckedUnlisted(issues)
  const traded = new Set((await readBoards(boards, unlisted)).map(({ board }) => board.issue))
  return unlisted.filter(issue => !traded.has(issue))
}
