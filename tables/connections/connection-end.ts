/** Whether and why the server ends a connection. */
import type { ErrorCode } from '../../market/protocol-errors.ts'
import { asEpochMillis, type EpochMillis, type Seconds } from '../../market/units.ts'
import type { ConnectionItem } from './connections-table.ts'

/**
 * A token counts for so long after its end (s). The clock of an issuer may differ, and an app may connect or renew in the last
 * second of its token.
 */
export const TOKEN_LEEWAY_SECONDS: Seconds = 5

/** What decides about the end of a connection. */
export type EndFacts = Pick<ConnectionItem, 'ends' | 'tokenExpires'>

/** Returns when the token of a connection counts no more. A connection of an older release has no such time: Infinity. */
export function tokenEnd({ tokenExpires }: EndFacts): EpochMillis {
  return asEpochMillis(tokenExpires === undefined ? Infinity : (tokenExpires + TOKEN_LEEWAY_SECONDS) * 1000)
}

/** Returns why a connection is to be ended now; undefined if it may go on. @param now by the real clock. */
export function endOf(facts: EndFacts, now: EpochMillis): ErrorCode | undefined {
  if (facts.ends !== undefined) return facts.ends
  return tokenEnd(facts) <= now ? 'token-expired' : undefined
}
