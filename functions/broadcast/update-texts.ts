/** The texts of updates for one round of posts. Members that have the same round and view share each text. */
import type { View } from '../../market/view.ts'
import type { MarketLog } from './market-log.ts'
import type { Member } from './members.ts'
import { boardText, changeText, unchangedText, wholeText } from './update-text.ts'

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

/**
 * What a post has of an issue. `changes`: the updates after the member's round. `checked`: the same, or a difference without
 * changes, so that an app finds out whether it has everything before them. `whole`: the whole board.
 */
type Kind = 'changes' | 'checked' | 'whole'

/** Creates the texts of the round that was ended last. Use it before the next round ends. */
export function createUpdateTexts(
  log: Pick<MarketLog, 'latest' | 'isChangedSince' | 'reachedAt' | 'updatesSince'>,
): UpdateTexts {
  const byRound = new Map<number, Map<string, IssueTexts | undefined>>()

  const make = (issue: string, view: View, since: number, kind: Kind): IssueTexts | undefined => {
    const isChanged = log.isChangedSince(issue, view, since)
    const updates = isChanged ? log.updatesSince(issue, view, since, kind !== 'whole') : []
    const reached = kind === 'checked' ? log.reachedAt(issue, view, since) : undefined
    if (updates.length === 0 && reached !== undefined) {
      return { texts: [unchangedText(issue, reached, view)], wholes: 0 }
    }
    // Without the last tick before, neither a difference nor its absence proves that the app has everything.
    const startsWhole = kind === 'whole' || (kind === 'checked' && reached === undefined)
    if (updates.length === 0) {
      const latest = startsWhole ? log.latest(issue) : undefined
      return latest && { texts: [boardText(latest, view, false)], wholes: 1 }
    }
    const isWhole = (index: number, follows: number | undefined): boolean =>
      follows === undefined || (startsWhole && index === 0)
    const texts = updates.map((update, index) =>
      isWhole(index, update.follows) ? wholeText(update, view) : changeText(update, view),
    )
    return { texts, wholes: updates.filter(({ follows }, index) => isWhole(index, follows)).length }
  }

  return {
    of(member, issue, view) {
      const { since, owed, fresh, mayBeBehind } = member
      // The connection has the board of the answer `subscribed`, and the issue has not changed.
      if (fresh.has(issue) && !owed.has(issue) && !log.isChangedSince(issue, view, since)) return undefined
      const isOwed = owed.has(issue) || fresh.has(issue)
      const kind: Kind = isOwed ? 'whole' : mayBeBehind ? 'checked' : 'changes'
      const ofRound = byRound.get(since) ?? new Map<string, IssueTexts | undefined>()
      byRound.set(since, ofRound)
      const key = `${issue} ${view} ${kind}`
      if (!ofRound.has(key)) ofRound.set(key, make(issue, view, since, kind))
      return ofRound.get(key)
    },
  }
}
