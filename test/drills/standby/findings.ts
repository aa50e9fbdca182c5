/** What the checks of a schedule have found. */

/** Problems that are described. */
const MOST_PROBLEMS = 12

export interface Findings {
  /** Messages of the exchange without a tick, and trades that an app or a reader of the table would miss. */
  lost: number
  /** Ticks or trades that an app or a reader of the table would get twice. */
  doubled: number
  /** Ticks and boards that differ from those of the exchange, wrong order, false marks, whole boards without a reason. */
  wrong: number
  /** Messages that were lost after both tasks had died, and reported as lost. */
  reported: number
  /** The first problems, in words. */
  readonly problems: string[]
}

/** What a schedule excuses. */
export interface Circumstances {
  /** Both tasks died: the next task may start from a snapshot, which has no trades, and must report what is lost. */
  readonly isCold: boolean
  /** A task had a clock that was ahead: it may report a lane as complete too early. */
  readonly isClockWrong: boolean
}

export function nothingFound(): Findings {
  return { lost: 0, doubled: 0, wrong: 0, reported: 0, problems: [] }
}

export function note(found: Findings, kind: 'lost' | 'doubled' | 'wrong', problem: string): void {
  found[kind]++
  if (found.problems.length < MOST_PROBLEMS) found.problems.push(`${kind}: ${problem}`)
}
