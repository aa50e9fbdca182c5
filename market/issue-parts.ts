/** Puts the parts of a line's issue master together. A task repeats all parts, so a lost part comes again. */
import type { EventOf } from './market-event.ts'
import type { TradingDate } from './units.ts'

type Part = EventOf<'issues'>

/** All parts of a line's issue master, in order. */
export type IssueList = readonly Part[]

export interface IssueLists {
  /**
   * Adds a part of a line's list.
   * @returns the list if all its parts are known. The result is the same array until a part differs.
   */
  add(part: Part): IssueList | undefined
}

/** The parts of a line's list that have come so far. */
interface Collected {
  readonly tradingDate: TradingDate
  readonly version: string | undefined
  /** By number of the part. A text makes parts comparable. */
  readonly parts: ({ readonly part: Part; readonly text: string } | undefined)[]
  list: IssueList | undefined
}

export function createIssueLists(): IssueLists {
  const byLine = new Map<number, Collected>()
  return {
    add(part) {
      const text = JSON.stringify(part.issues)
      const before = byLine.get(part.line)
      if (before !== undefined && part.tradingDate < before.tradingDate) return undefined
      const collected = before !== undefined && mayJoin(before, part, text) ? before : emptyList(part)
      byLine.set(part.line, collected)
      collected.parts[part.part] ??= { part, text }
      const known = collected.parts.flatMap(entry => (entry === undefined ? [] : [entry.part]))
      if (known.length === part.parts) collected.list ??= known
      return collected.list
    },
  }
}

function emptyList({ tradingDate, version, parts }: Part): Collected {
  return { tradingDate, version, parts: Array.from({ length: parts }, () => undefined), list: undefined }
}

/** Returns whether a part may belong to the list. If it differs from a known part, it belongs to a corrected list. */
function mayJoin({ tradingDate, version, parts }: Collected, part: Part, text: string): boolean {
  const known = parts[part.part]
  return (
    tradingDate === part.tradingDate &&
    version === part.version &&
    parts.length === part.parts &&
    (known === undefined || known.text === text)
  )
}
