/** Which issues there are. */
import { type BoardsTable, readBoards, readMaster } from '../shared/boards.ts'

/** The issue master is read again after this time (ms); it changes once a trading date. */
const KEEP_MS = 60_000

/** @returns a function that names those of `issues` that are not listed. */
export function createUnknownIssues(table: BoardsTable): (issues: readonly string[]) => Promise<string[]> {
  let codes: ReadonlySet<string> = new Set()
  let readAt = 0
  return async issues => {
    if (codes.size === 0 || Date.now() - readAt > KEEP_MS) {
      codes = new Set((await readMaster(table)).map(issue => issue.code))
      readAt = Date.now()
    }
    // Before the lines have sent the master there is nothing to hold a code against.
    if (codes.size === 0) return []
    const unlisted = issues.filter(issue => !codes.has(issue))
    if (unlisted.length === 0) return []
    const traded = new Set((await readBoards(table, unlisted)).map(tick => tick.board.issue))
    return unlisted.filter(issue => !traded.has(issue))
  }
}
