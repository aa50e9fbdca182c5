/** The watchlist (銘柄リスト), which the browser keeps for later visits. */
import { isIssueCode } from '../../market/issue-code.ts'

const WATCHLIST_KEY = 'itastream.watchlist'
/** As many issues as a connection may hold in view `quote` (market/protocol.ts). */
export const MAX_WATCHED = 1_000

/** Returns the kept issues; undefined at a first visit. Damaged text counts as none. */
export function storedWatchlist(): readonly string[] | undefined {
  try {
    const codes: unknown = JSON.parse(localStorage.getItem(WATCHLIST_KEY) ?? 'null')
    if (!Array.isArray(codes)) return undefined
    const known = codes.filter((code): code is string => typeof code === 'string' && isIssueCode(code))
    return [...new Set(known)].slice(0, MAX_WATCHED)
  } catch {
    return undefined
  }
}

export function keepWatchlist(codes: readonly string[]): void {
  localStorage.setItem(WATCHLIST_KEY, JSON.stringify(codes))
}
