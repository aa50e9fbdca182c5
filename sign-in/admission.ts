/** Decides whose access token gives real-time data. A new connection and a renewed token have the same rules. */
import { asEpochSeconds, nowMillis } from '../market/units.ts'
import { isCutOff } from '../tables/users/user-cut.ts'
import type { CutItem } from '../tables/users/users-table.ts'
import { Refusal } from './refusal.ts'
import { holderOf, type TokenHolder } from './token-holder.ts'
import { type TokenRules, tokenVerifier } from './token-verifier.ts'

export interface AdmissionRules extends TokenRules {
  /** Returns the cut of a user; undefined if there is none. */
  readonly cutOf: (user: string) => Promise<CutItem | undefined>
}

/**
 * Returns the holder of an access token.
 * @throws Refusal if the token gives no access; Error if no key of the issuer is known, or if the cut cannot be read.
 */
export type Admit = (token: string) => Promise<TokenHolder>

export function createAdmission(rules: AdmissionRules): Admit {
  const { cutOf, scopes, now = nowMillis } = rules
  const verify = tokenVerifier(rules)
  return async token => {
    const holder = holderOf(await verify(token), scopes)
    const { user, claims } = holder
    if (isCutOff(await cutOf(user), claims.iat, asEpochSeconds(now() / 1000))) {
      const message =
        'expected a token issued after an operator ended the access of the user, got an older one'
      throw new Refusal(403, 'access-ended', message)
    }
    return holder
  }
}
