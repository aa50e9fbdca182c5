/** The tokens of a program that signs in at the local issuer: fetched when needed, and kept until shortly before they expire. */
import { addMillis, type EpochMillis, nowMillis } from '../../market/units.ts'

/** A token is renewed this long before it expires (ms), so that it does not expire during a request. */
const RENEW_BEFORE = 30_000

/** Returns a function that returns a token. @param tokenUrl of the issuer. */
export function holdToken(tokenUrl: string): () => Promise<string> {
  let held: { readonly token: string; readonly until: EpochMillis } | undefined
  return async () => {
    if (held === undefined || held.until < Date.now()) held = await fetchToken(tokenUrl)
    return held.token
  }
}

async function fetchToken(url: string): Promise<{ token: string; until: EpochMillis }> {
  const response = await fetch(url, { method: 'POST' })
  if (!response.ok) throw new Error(`expected a token from ${url}, got ${response.status}`)
  const { access_token: token, expires_in: seconds } = (await response.json()) as {
    access_token: string
    expires_in: number
  }
  return { token, until: addMillis(nowMillis(), seconds * 1000 - RENEW_BEFORE) }
}
