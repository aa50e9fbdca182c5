/**
 * The session of the user: whether the user is signed in, and the access token. The access token stays in memory. The refresh token
 * is in the storage of the tab, so that the user stays signed in after a reload; it changes with each use, and ends with the tab.
 */
import { nowMillis } from '../../market/units.ts'
import {
  createOidcClient,
  type OidcClient,
  SignInError,
  type SignInProblem,
  type Tokens,
} from './oidc-client.ts'
import type { OidcConfig, PageConfig } from './page-config.ts'
import {
  keepPending,
  keepPlace,
  keepRefreshToken,
  storedRefreshToken,
  takePending,
  takePlace,
} from './sign-in-storage.ts'

export interface Session {
  /** Whether the page offers signing in. */
  readonly available: boolean
  readonly signedIn: boolean
  /** Goes to the issuer, which returns to the page. */
  signIn(): void
  /** Ends the session here and at the issuer. */
  signOut(): void
  /** Returns an access token. @throws Error if there is none. */
  token(): Promise<string>
}

export interface SessionEvents {
  /** Called when the user is signed in or out. */
  changed(): void
  /** Called when signing in fails, or the session has ended. */
  failed(problem: SignInProblem): void
}

/** Continues the session of the tab, and takes the answer of the issuer from the address of the page. */
export function createSession(signIn: PageConfig['signIn'], events: SessionEvents): Session {
  return signIn.kind === 'none' ? NO_SESSION : createOidcSession(signIn, events)
}

const NO_SESSION: Session = {
  available: false,
  signedIn: false,
  signIn() {},
  signOut() {},
  token: () => Promise.reject(new Error('expected a page with sign-in, got a page without')),
}

function createOidcSession(config: OidcConfig, events: SessionEvents): Session {
  const client = createOidcClient(config, `${location.origin}/`)
  let isSignedIn = storedRefreshToken() !== undefined
  let held: Tokens | undefined
  /** The page is about to go to the issuer. */
  let isLeaving = false
  /** Requests tokens. Callers at the same time share it: a refresh token is for one use. */
  let fetching: Promise<string> | undefined

  /** @param refused called if the issuer gives no tokens. */
  function fetchToken(request: Promise<Tokens>, refused: (problem: SignInProblem) => void): Promise<string> {
    fetching = request
      .then(keep, error => {
        if (isSignedIn) refused(problemOf(error))
        throw error
      })
      .finally(() => {
        fetching = undefined
      })
    return fetching
  }

  function keep(tokens: Tokens): string {
    if (!isSignedIn) throw new Error('the user has signed out')
    held = tokens
    keepRefreshToken(tokens.refreshToken)
    return tokens.accessToken
  }

  function end(problem: SignInProblem): void {
    isSignedIn = false
    held = undefined
    keepRefreshToken(undefined)
    events.failed(problem)
    events.changed()
  }

  function renew(): Promise<string> {
    const refreshToken = storedRefreshToken()
    const none = (): Promise<never> => Promise.reject(new SignInError('ended', 'the sign-in has ended'))
    return fetchToken(refreshToken === undefined ? none() : client.refresh(refreshToken), problem => {
      // Without an answer the refresh token may still be good.
      if (problem !== 'unreachable') end(problem)
    })
  }

  const arrived = takeArrival(client)
  if (arrived !== undefined) {
    // A link with a wrong answer must not end a session.
    const refused = isSignedIn ? events.failed : end
    isSignedIn = true
    fetchToken(arrived, refused).catch(() => {})
  }
  return {
    available: true,
    get signedIn() {
      return isSignedIn
    },
    signIn() {
      if (isLeaving) return
      isLeaving = true
      leave(client).catch((error: unknown) => {
        isLeaving = false
        events.failed(problemOf(error))
      })
    },
    signOut() {
      const refreshToken = storedRefreshToken()
      isSignedIn = false
      held = undefined
      keepRefreshToken(undefined)
      events.changed()
      client.signOut(refreshToken).then(
        address => {
          if (address !== undefined) goTo(address)
        },
        // The session ended here. At the issuer it ends by itself.
        () => {},
      )
    },
    async token() {
      if (!isSignedIn) throw new Error('expected a user who is signed in')
      if (held !== undefined && held.until > nowMillis()) return held.accessToken
      return fetching ?? renew()
    },
  }
}

function problemOf(error: unknown): SignInProblem {
  return error instanceof SignInError ? error.problem : 'failed'
}

async function leave(client: OidcClient): Promise<void> {
  const { address, ...pending } = await client.begin()
  keepPending(pending)
  goTo(address)
}

/** Goes to the issuer, which returns to the root of the page. */
function goTo(address: string): void {
  keepPlace(location.hash)
  location.assign(address)
}

/** Takes the answer of the issuer from the address of the page, and removes it there at once: neither history nor links have it. */
function takeArrival(client: OidcClient): Promise<Tokens> | undefined {
  const returned = new URL(location.href)
  const { searchParams } = returned
  const place = takePlace()
  history.replaceState(null, '', location.pathname + (location.hash || place))
  if (!searchParams.has('code') && !searchParams.has('error')) return undefined
  const pending = takePending()
  if (pending !== undefined) return client.finish(returned, pending)
  return Promise.reject(new SignInError('failed', 'this tab has not started to sign in'))
}
