/** Reads from the item of a connection which trades it asks for. */
import { addMillis, type Millis, nowMillis } from '../../market/units.ts'
import { hasTrades } from '../../market/view.ts'
import type { ConnectionItem } from '../../tables/connections/connections-table.ts'
import type { Member } from './members.ts'

/**
 * Requests older than this (ms) are ignored: the previous environment has answered them. It may have needed seconds, and an app
 * that gets trades twice ignores those that it has. An environment that has no answer after this time gives the request up.
 */
export const SINCE_REACH_MS: Millis = 30_000

/** Notes the requests that came since the item was read last. Returns whether there is one. */
export function noteSince(member: Member, { since = [] }: Pick<ConnectionItem, 'since'>): boolean {
  const from = addMillis(nowMillis(), -SINCE_REACH_MS)
  const requests = since.filter(({ id, at }) => !member.sinceKnown.has(id) && at >= from)
  member.sinceKnown = new Set(since.map(({ id }) => id))
  for (const { at, date, sequences } of requests) {
    for (const [issue, sequence] of Object.entries(sequences)) {
      const view = member.issues.get(issue)
      if (view === undefined || !hasTrades(view)) continue
      // A request that is repeated does not make the issue wait longer.
      const askedAt = member.missing.get(issue)?.askedAt ?? at
      member.missing.set(issue, { date, sequence, askedAt })
      member.owed.add(issue)
    }
  }
  return requests.length > 0
}
