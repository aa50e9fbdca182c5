/** The delayed side of the page: requests boards that are 20 minutes late, and the status of the market. */
import { asEpochMillis, type EpochMillis, nowMillis } from '../../market/units.ts'
import type { Rest } from './rest-client.ts'
import { nextOpeningOf, type PageState, takeLine } from './state.ts'

/** Milliseconds between requests for the delayed boards: the time for which caches keep an answer (docs/rest.md). */
const BOARDS_INTERVAL = 5_000
/** Milliseconds between checks whether the status must be requested. */
const STATUS_INTERVAL = 15_000
/** Milliseconds between requests for the status beside delayed boards only. */
const DELAYED_STATUS_INTERVAL = 60_000

export interface Delayed {
  /** Requests the boards now, because the issues have changed. */
  refresh(): void
}

export interface DelayedOptions {
  readonly rest: Rest
  readonly state: PageState
  /** Returns whether nobody sees the page. It then requests nothing. */
  readonly isHidden: () => boolean
  /** Called when the state has changed. */
  readonly changed: () => void
}

export function createDelayed({ rest, state, isHidden, changed }: DelayedOptions): Delayed {
  async function boards(): Promise<void> {
    const codes = [...state.issues.keys()]
    if (codes.length === 0 || state.tab !== 'boards' || isHidden()) return
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

  let askedAt = asEpochMillis(0)
  async function status(): Promise<void> {
    if (isHidden() || !isStatusDue(state, askedAt, nowMillis())) return
    askedAt = nowMillis()
    try {
      const answer = await rest.status()
      if (answer.phase !== undefined) state.phase = answer.phase
      for (const line of answer.lines) takeLine(state, line)
      if (answer.news !== undefined && answer.news.length > 0)
        state.news = answer.news.toSorted((a, b) => (a.time < b.time ? 1 : -1))
      changed()
    } catch {
      // The request for delayed boards reports that the API is not reachable.
    }
  }

  /** A live page learns from its connection that the market has closed, and requests no status. */
  async function opening(): Promise<void> {
    if (isHidden() || !isOpeningUnknown(state)) return
    try {
      state.nextOpening = (await rest.calendar()).nextOpening
      changed()
    } catch {
      // The page says nothing of the next opening, and requests it again.
    }
  }

  void repeat(boards, BOARDS_INTERVAL)
  void repeat(async () => {
    await status()
    await opening()
  }, STATUS_INTERVAL)
  return { refresh: () => void boards() }
}

/**
 * Whether the status must be requested. A live page gets changes over its connection as long as any line reports, so it
 * asks only while it hears nothing of the market: the server cannot send that all lines are silent.
 * @param askedAt the time of the last request.
 */
export function isStatusDue(
  { signedIn, heardAt }: Pick<PageState, 'signedIn' | 'heardAt'>,
  askedAt: EpochMillis,
  now: EpochMillis,
): boolean {
  if (!signedIn) return now - askedAt >= DELAYED_STATUS_INTERVAL
  return heardAt === undefined || now - heardAt >= STATUS_INTERVAL
}

/** Whether the page shows a closed market, and does not know when it opens. */
function isOpeningUnknown(state: PageState): boolean {
  return (state.phase === 'closed' || state.phase === 'wind-down') && nextOpeningOf(state) === undefined
}

/** Repeats a task. The interval starts when the task has ended. */
async function repeat(task: () => Promise<void>, interval: number): Promise<never> {
  for (;;) {
    await task()
    await new Promise(resolve => setTimeout(resolve, interval))
  }
}
