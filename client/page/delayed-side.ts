/** The delayed side of the page: requests boards that are 20 minutes late, and the status of the market. */
import type { Rest } from './rest-client.ts'
import { type PageState, takeLine } from './state.ts'

/** Milliseconds between requests for the delayed boards: the time for which caches keep an answer (docs/rest.md). */
const BOARDS_INTERVAL = 5_000
/** Milliseconds between requests for the status. Signed-in users also get changes at once. */
const STATUS_INTERVAL = 15_000

export interface Delayed {
  /** Requests the boards now, because the issues have changed. */
  refresh(): void
}

export function createDelayed(rest: Rest, state: PageState, changed: () => void): Delayed {
  async function boards(): Promise<void> {
    const codes = [...state.issues.keys()]
    if (codes.length === 0 || document.hidden) return
    try {
      const answer = await rest.delayedBoards(codes)
      state.delayedAsOf = answer.asOf
      state.delayedFailed = false
      const boards = new Map(answer.boards.map(board => [board.issue, board]))
      for (const code of codes) {
        const issue = state.issues.get(code)
        if (issue !== undefined) issue.delayed = boards.get(code)
      }
    } catch {
      // The page keeps the boards and shows their time.
      state.delayedFailed = true
    }
    changed()
  }

  async function status(): Promise<void> {
    if (document.hidden) return
    try {
      const answer = await rest.status()
      if (answer.phase !== undefined) state.phase = answer.phase
      for (const line of answer.lines) takeLine(state, line)
      if (answer.news.length > 0) state.news = answer.news.toSorted((a, b) => (a.time < b.time ? 1 : -1))
      changed()
    } catch {
      // The request for delayed boards reports that the API is not reachable.
    }
  }

  void repeat(boards, BOARDS_INTERVAL)
  void repeat(status, STATUS_INTERVAL)
  return { refresh: () => void boards() }
}

/** Repeats a task. The interval starts when the task has ended. */
async function repeat(task: () => Promise<void>, interval: number): Promise<never> {
  for (;;) {
    await task()
    await new Promise(resolve => setTimeout(resolve, interval))
  }
}
