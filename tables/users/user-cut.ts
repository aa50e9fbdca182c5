/** The cut: an operator ends the access of a user. Tokens that were issued before are refused as long as they can live. */
import { asEpochSeconds, type EpochSeconds, nowMillis, type Seconds } from '../../market/units.ts'
import { getItem, putItem } from '../dynamodb.ts'
import { CUT_ITEM, userId } from './users-keys.ts'
import type { CutItem, UsersTable } from './users-table.ts'

/**
 * The clock of an issuer may be ahead of ours by this (s). A token that was issued before a cut would otherwise look newer than
 * the cut. A new token of these seconds is refused too.
 */
const ISSUER_AHEAD_SECONDS = 5

/** Returns the cut of a user, which may have ended; undefined if there is none. */
export function readCut(users: UsersTable, user: string): Promise<CutItem | undefined> {
  return getItem<CutItem>(users, { id: userId(user), item: CUT_ITEM })
}

/**
 * Cuts a user now.
 * @param life how long a token of the issuer can live (s). An older cut that lasts longer keeps its end.
 */
export async function writeCut(users: UsersTable, user: string, life: Seconds): Promise<CutItem> {
  const before = await readCut(users, user)
  const cutAt = asEpochSeconds(Math.ceil(nowMillis() / 1000) + ISSUER_AHEAD_SECONDS)
  const expires = asEpochSeconds(Math.max(cutAt + life, before?.expires ?? 0))
  const cut: CutItem = { id: userId(user), item: CUT_ITEM, cutAt, expires }
  await putItem(users, cut)
  return cut
}

/** Lets the cut of a user last until a time (epoch seconds) at least. Does nothing without a cut. */
export async function extendCut(users: UsersTable, user: string, expires: EpochSeconds): Promise<void> {
  const cut = await readCut(users, user)
  if (cut !== undefined && cut.expires < expires) await putItem(users, { ...cut, expires })
}

/**
 * Returns whether a cut refuses a token.
 * @param issued the claim `iat` (epoch seconds). A token that does not state it is refused while the cut lasts.
 * @param now epoch seconds, by the real clock.
 */
export function isCutOff(cut: CutItem | undefined, issued: number | undefined, now: EpochSeconds): boolean {
  if (cut === undefined || now >= cut.expires) return false
  return issued === undefined || !(issued > cut.cutAt)
}
