/**
 * Recovers trades that the market log has dropped. A connection that took no post for a long time gets them from the journal, in
 * front of its whole boards, instead of the mark `lost`.
 */
import { isoDate } from '../../market/moment.ts'
import type { EpochMillis } from '../../market/units.ts'
import { hasTrades } from '../../market/view.ts'
import type { MarketLog } from './market-log.ts'
import type { Member } from './members.ts'
import type { TradeJournal } from './trade-journal.ts'

/** Notes the issues of which a member misses trades that only the journal has. */
export function recoverDropped(
  member: Member,
  log: Pick<MarketLog, 'droppedRound' | 'hasDroppedTrades'>,
  journal: Pick<TradeJournal, 'issue' | 'reachedIn'>,
  now: EpochMillis,
): void {
  const { since, missing, fresh, owed } = member
  // The round of a member of the previous environment is not one that it has for certain.
  if (since >= log.droppedRound || member.mayBeBehind) return
  for (const [issue, view] of member.issues) {
    if (!hasTrades(view) || missing.has(issue) || fresh.has(issue) || owed.has(issue)) continue
    if (!log.hasDroppedTrades(issue, since)) continue
    const trades = journal.issue(issue)
    const sequence = trades && journal.reachedIn(trades, since)
    if (sequence === undefined) continue
    missing.set(issue, { date: isoDate(trades!.date), sequence, askedAt: now })
    owed.add(issue)
  }
}
