/** The delayed side of the page: boards twenty minutes late and the market's state, asked for again and again. */
import type { Rest } from './rest-client.ts'
import { type PageState, takeLine } from './state.ts'

/** Milliseconds between requests for the delayed boards: as long as an answer may be kept (docs/rest.md). */
const BOARDS_INTERVAL = 5_000
/** Milliseconds between requests for the market's state; who is signed in is told of changes at once. */
const STATUS_INTERVAL = 15_000

export interface Delayed {
  /** Asks for the boards now: issues were added. */
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
      // Shown as it is: the boards on the page keep the time they are of.
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
      // The delayed boards say that the API cannot be reached.
    }
  }

  void repeat(boards, BOARDS_INTERVAL)
  void repeat(status, STATUS_INTERVAL)
  return { refresh: () => void boards() }
}

/** One request at a time: the next is planned when the last has ended. */
async function repeat(task: () => Promise<void>, interval: number): Promise<never> {
  for (;;) {
    await task()
    await new Promise(resolve => setTimeout(resolve, interval))
  }
}
