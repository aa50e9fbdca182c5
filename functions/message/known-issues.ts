/** Which issues there are. */
import { type BoardsTable, readBoards } from '../../tables/boards/boards-table.ts'
import { createMaster } from '../../tables/boards/master-list.ts'

/** What was listed is taken for listed for this time (ms); a code that was not is looked up anew. */
const KEEP_MS = 60_000

/** @returns a function that names those of `issues` that are not listed. */
export function createUnknownIssues(table: BoardsTable): (issues: readonly string[]) => Promise<string[]> {
  const master = createMaster(table)
  let codes: ReadonlySet<string> = new Set()
  let readAt = 0
  const readCodes = async (): Promise<void> => {
    codes = new Set((await master.read()).map(issue => issue.code))
    readAt = Date.now()
  }
  return async issues => {
    const isOld = Date.now() - readAt > KEEP_MS
    if (isOld || issues.some(issue => !codes.has(issue))) await readCodes()
    // Before the lines have sent the master there is nothing to hold a code against.
    if (codes.size === 0) return []
    const unlisted = issues.filter(issue => !codes.has(issue))
    if (unlisted.length === 0) return []
    const traded = new Set((await readBoards(table, unlisted)).map(tick => tick.board.issue))
    return unlisted.filter(issue => !traded.has(issue))
  }
}
