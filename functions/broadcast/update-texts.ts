/** The texts of updates for one round of posts. Members that have the same round and view share each text. */
import type { View } from '../../market/view.ts'
import type { MarketLog } from './market-log.ts'
import type { Member } from './members.ts'
import { boardText, changeText, wholeText } from './update-text.ts'

/** The texts of an issue, in order. Most have one text. */
export interface IssueTexts {
  readonly texts: readonly string[]
  /** Number of texts with a whole board. */
  readonly wholes: number
}

export interface UpdateTexts {
  /** Returns what a member gets of an issue that it holds; undefined if there is nothing. */
  of(member: Member, issue: string, view: View): IssueTexts | undefined
}

/** What a member gets of an issue: differences, or a whole board first. */
type Kind = 'changes' | 'whole'

/** Creates the texts of the round that was ended last. Use it before the next round ends. */
export function createUpdateTexts(
  log: Pick<MarketLog, 'latest' | 'isChangedSince' | 'updatesSince'>,
): UpdateTexts {
  const byRound = new Map<number, Map<string, IssueTexts | undefined>>()

  const make = (issue: string, view: View, since: number, kind: Kind): IssueTexts | undefined => {
    const isChanged = log.isChangedSince(issue, view, since)
    const updates = isChanged ? log.updatesSince(issue, view, since, kind === 'changes') : []
    if (updates.length === 0) {
      const latest = kind === 'whole' ? log.latest(issue) : undefined
      return latest && { texts: [boardText(latest, view, false)], wholes: 1 }
    }
    const isWhole = (index: number, follows: number | undefined): boolean =>
      follows === undefined || (kind === 'whole' && index === 0)
    const texts = updates.map((update, index) =>
      isWhole(index, update.follows) ? wholeText(update, view) : changeText(update, view),
    )
    return { texts, wholes: updates.filter(({ follows }, index) => isWhole(index, follows)).length }
  }

  return {
    of(member, issue, view) {
      const { since, owed, fresh } = member
      // The connection has the board of the answer `subscribed`, and the issue has not changed.
      if (fresh.has(issue) && !owed.has(issue) && !log.isChangedSince(issue, view, since)) return undefined
      const kind: Kind = owed.has(issue) || fresh.has(issue) ? 'whole' : 'changes'
      const ofRound = byRound.get(since) ?? new Map<string, IssueTexts | undefined>()
      byRound.set(since, ofRound)
      const key = `${issue} ${view} ${kind}`
      if (!ofRound.has(key)) ofRound.set(key, make(issue, view, since, kind))
      return ofRound.get(key)
    },
  }
}
