/** What the page keeps of a sign-in in the storage of the tab. Other tabs do not see it, and it ends with the tab. */
import type { PendingSignIn } from './oidc-client.ts'

const REFRESH_TOKEN = 'itastream.refresh-token'
const PENDING = 'itastream.sign-in'
const PLACE = 'itastream.place'

export function storedRefreshToken(): string | undefined {
  return sessionStorage.getItem(REFRESH_TOKEN) ?? undefined
}

/** @param token undefined: removes the stored token. */
export function keepRefreshToken(token: string | undefined): void {
  if (token === undefined) sessionStorage.removeItem(REFRESH_TOKEN)
  else sessionStorage.setItem(REFRESH_TOKEN, token)
}

export function keepPending(pending: PendingSignIn): void {
  sessionStorage.setItem(PENDING, JSON.stringify(pending))
}

/** Returns the sign-in that has gone to the issuer, and removes it: an answer is taken once. */
export function takePending(): PendingSignIn | undefined {
  const text = sessionStorage.getItem(PENDING)
  sessionStorage.removeItem(PENDING)
  return text === null ? undefined : (JSON.parse(text) as PendingSignIn)
}

/** Keeps what the page shows, the hash of its address, while the user is at the issuer. */
export function keepPlace(hash: string): void {
  sessionStorage.setItem(PLACE, hash)
}

/** Returns what the page showed before the user went to the issuer, and removes it. */
export function takePlace(): string {
  const hash = sessionStorage.getItem(PLACE) ?? ''
  sessionStorage.removeItem(PLACE)
  return hash
}
