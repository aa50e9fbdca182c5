/** Admissions for tests that verify no signatures. */
import { asEpochSeconds } from '../../market/units.ts'
import type { Admit } from '../../sign-in/admission.ts'
import { Refusal } from '../../sign-in/refusal.ts'

/** Refuses every token. */
export const admitNobody: Admit = async () => {
  throw new Refusal(401, 'bad-token', 'expected another token')
}

/** Takes a token `user:end` or `user:end:scope` for the token of the user that ends at that time (epoch seconds). */
export const admitByName: Admit = async token => {
  const [, user, end, scope] = /^([a-z]+):(\d+)(?::(.+))?$/.exec(token) ?? []
  if (user === undefined) return admitNobody(token)
  return { user, expires: asEpochSeconds(Number(end)), scopes: scope ? [scope] : [], claims: {} }
}
