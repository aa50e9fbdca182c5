/** The session of the user: whether the user is signed in, and the access token, which stays in memory. */
import { addMillis, type EpochMillis, nowMillis } from '../../market/units.ts'
import type { PageConfig } from './page-config.ts'

const SIGNED_OUT = 'itastream.signed-out'
/** A token is renewed this long before it expires (ms), so that it does not expire during a request. */
const RENEW_BEFORE = 30_000

export interface Session {
  /** Whether the page offers signing in. */
  readonly available: boolean
  readonly signedIn: boolean
  signIn(): void
  signOut(): void
  /** Returns an access token. @throws Error if the issuer returns none. */
  token(): Promise<string>
}

export function createSession(signIn: PageConfig['signIn'], onChange: () => void): Session {
  let held: { readonly token: string; readonly until: EpochMillis } | undefined
  return {
    available: signIn.kind !== 'none',
    get signedIn() {
      return signIn.kind !== 'none' && sessionStorage.getItem(SIGNED_OUT) === null
    },
    signIn() {
      sessionStorage.removeItem(SIGNED_OUT)
      onChange()
    },
    signOut() {
      held = undefined
      sessionStorage.setItem(SIGNED_OUT, 'yes')
      onChange()
    },
    async token() {
      if (signIn.kind === 'none') throw new Error('expected a page with sign-in, got a page without')
      if (held === undefined || held.until < Date.now()) held = await fetchToken(signIn.tokenUrl)
      return held.token
    },
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
