/** Reads the cuts of users, at most once in half a minute each. */
import { BoundedMap } from '../../lambda/bounded-map.ts'
import { addMillis, type EpochMillis, nowMillis } from '../../market/units.ts'
import { readCut } from './user-cut.ts'
import type { CutItem, UsersTable } from './users-table.ts'

/** Time (ms) for which a cut, or its absence, is taken as true. A cut user may read prices for so long. */
export const CUT_FRESH_MS = 30_000
/** Users whose cuts are remembered. */
const MAX_REMEMBERED = 10_000

/** Returns the cut of a user; undefined if there is none. @throws the error of a read: nobody passes unseen. */
export type CutReader = (user: string) => Promise<CutItem | undefined>

export function createCutReader(users: UsersTable, now: () => EpochMillis = nowMillis): CutReader {
  const known = new BoundedMap<
    string,
    { readonly cut: CutItem | undefined; readonly freshUntil: EpochMillis }
  >(MAX_REMEMBERED)
  return async user => {
    const found = known.get(user)
    if (found !== undefined && now() < found.freshUntil) return found.cut
    const freshUntil = addMillis(now(), CUT_FRESH_MS)
    const cut = await readCut(users, user)
    known.set(user, { cut, freshUntil })
    return cut
  }
}
