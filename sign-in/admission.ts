/** Decides whose access token gives real-time data. A new connection and a renewed token have the same rules. */
import { holderOf, type TokenHolder } from './token-holder.ts'
import { type TokenRules, tokenVerifier } from './token-verifier.ts'

/**
 * Returns the holder of an access token.
 * @throws Refusal if the token gives no access; Error if no key of the issuer is known.
 */
export type Admit = (token: string) => Promise<TokenHolder>

export function createAdmission(rules: TokenRules): Admit {
  const verify = tokenVerifier(rules)
  return async token => holderOf(await verify(token))
}
