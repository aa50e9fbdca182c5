/**
 * The public keys of an OpenID Connect issuer. Known keys stay in use while the issuer does not answer; a new environment
 * of the function takes those that were stored in the last week. An environment asks at most once in {@link ASK_PAUSE_MS}.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { addMillis, asEpochMillis, type EpochMillis, nowMillis } from '../market/units.ts'

/** Time for all requests of one attempt (ms): every connect waits for the first attempt of its environment. */
export const ASK_LIMIT_MS = 2_000
/** Shortest time between two attempts (ms). Neither failures nor tokens with unknown keys lead to more requests. */
export const ASK_PAUSE_MS = 10_000
/** Age of keys (ms) from which they are asked for again, so that a withdrawn key is soon refused. */
export const FRESH_MS = 10 * 60_000
/**
 * Longest wait for the issuer where older keys may do (ms). Lambda freezes an environment between two events, so a
 * request that nobody waits for would rarely end.
 */
const REFRESH_WAIT_MS = 300
/** Shortest RSA key (RFC 7518, 3.3). */
const MIN_RSA_BITS = 2_048

export interface IssuerKey {
  readonly key: KeyObject
  /** The only algorithm of the key. Undefined: every algorithm of its type. */
  readonly algorithm: string | undefined
}

export interface IssuerKeys {
  /**
   * Returns the key with an id; undefined if the issuer has no usable key with this id.
   * @throws Error if no key of the issuer is known: it has not answered for a week.
   */
  find(id: string): Promise<IssuerKey | undefined>
}

/** A place that keeps the published keys longer than an environment of the function lives. */
export interface KeptKeys {
  read(): Promise<readonly unknown[] | undefined>
  write(keys: readonly unknown[]): Promise<void>
}

export interface IssuerKeysOptions {
  /** `https://…`: the `iss` of tokens. Discovery is below it (OpenID Connect Discovery 1.0, 4). */
  readonly issuer: string
  /** Receives what an operator must know: a failed attempt, or a key that cannot be used. */
  readonly warn: (message: string, details: Readonly<Record<string, unknown>>) => void
  readonly kept: KeptKeys
  /** The real time. */
  readonly now?: () => EpochMillis
}

export function createIssuerKeys({ issuer, warn, kept, now = nowMillis }: IssuerKeysOptions): IssuerKeys {
  let keys: ReadonlyMap<string, IssuerKey> | undefined
  let askedAt = asEpochMillis(0)
  let freshUntil = asEpochMillis(0)
  let asking: Promise<void> | undefined
  let failure: unknown

  async function read(): Promise<void> {
    askedAt = now()
    try {
      const published = await readKeys(issuer)
      keys = importKeys(published, issuer, warn)
      freshUntil = addMillis(now(), FRESH_MS)
      // Nobody waits for the table: the next attempt writes again.
      void kept
        .write(published)
        .catch(error => warn('the keys of the issuer were not kept', { issuer, error }))
    } catch (error) {
      failure = error
      warn('the keys of the issuer were not read', { issuer, error, known: keys?.size ?? 0 })
    }
    asking = undefined
  }

  /** Joins the attempt that runs, or starts one if the last one is long enough ago. */
  async function ask(): Promise<void> {
    if (asking === undefined && now() - askedAt < ASK_PAUSE_MS) return
    asking ??= read()
    await asking
  }

  /** Gets the first keys of this environment: from the issuer, or the kept ones if it does not answer soon. */
  async function start(): Promise<void> {
    const asked = ask()
    await Promise.race([asked, sleep(REFRESH_WAIT_MS)])
    if (keys !== undefined) return
    try {
      const published = await kept.read()
      if (published !== undefined) keys ??= importKeys(published, issuer, warn)
    } catch (error) {
      warn('the kept keys of the issuer were not read', { issuer, error })
    }
    if (keys === undefined) await asked
  }

  return {
    async find(id) {
      if (keys === undefined) await start()
      else if (keys.has(id) && now() >= freshUntil) await Promise.race([ask(), sleep(REFRESH_WAIT_MS)])
      // The kept keys may lack a new key, which the issuer is about to send.
      if (keys?.has(id) === false) await ask()
      if (keys === undefined) throw new Error(`expected the keys of ${issuer}, got none`, { cause: failure })
      return keys.get(id)
    },
  }
}

const discoverySchema = v.object({ issuer: v.string(), jwks_uri: v.pipe(v.string(), v.url()) })
const keySetSchema = v.object({ keys: v.array(v.unknown()) })
const keySchema = v.looseObject({
  kid: v.string('expected a key id'),
  kty: v.literal('RSA', 'expected a key of type RSA'),
  use: v.optional(v.literal('sig', 'expected a key for signatures')),
  alg: v.optional(v.string()),
})

/** Returns the published keys of an issuer. @throws Error if it does not answer in time. */
async function readKeys(issuer: string): Promise<readonly unknown[]> {
  const signal = AbortSignal.timeout(ASK_LIMIT_MS)
  const address = await discoverKeySet(issuer, signal)
  const response = await fetch(address, { signal, redirect: 'error' })
  if (!response.ok) throw new Error(`expected the keys at ${address}, got status ${response.status}`)
  return v.parse(keySetSchema, await response.json()).keys
}

/** Returns the usable keys by id. @throws Error if there is none. */
function importKeys(
  published: readonly unknown[],
  issuer: string,
  warn: IssuerKeysOptions['warn'],
): ReadonlyMap<string, IssuerKey> {
  const keys = new Map<string, IssuerKey>()
  for (const each of published) {
    try {
      const [id, key] = importKey(each)
      keys.set(id, key)
    } catch (error) {
      // The other keys stay usable: an issuer may publish keys for other uses.
      warn('a key of the issuer cannot be used', { issuer, error: String(error) })
    }
  }
  if (keys.size === 0) throw new Error(`expected a usable key of ${issuer}, got none of ${published.length}`)
  return keys
}

/** Finds the address of the issuer's keys. */
async function discoverKeySet(issuer: string, signal: AbortSignal): Promise<URL> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(address, { signal })
  if (!response.ok)
    throw new Error(`expected the discovery document at ${address}, got status ${response.status}`)
  const document = v.parse(discoverySchema, await response.json())
  if (document.issuer !== issuer) {
    throw new Error(`expected the discovery document of ${issuer}, got the document of ${document.issuer}`)
  }
  const keySet = new URL(document.jwks_uri)
  if (keySet.protocol !== 'https:' && !(keySet.protocol === 'http:' && issuer.startsWith('http:'))) {
    throw new Error(`jwks_uri: expected an https address, like that of the issuer, got ${keySet}`)
  }
  return keySet
}

/** Returns a JSON Web Key with its id. @throws Error if it cannot verify signatures of access tokens. */
function importKey(json: unknown): [id: string, key: IssuerKey] {
  const { kid, alg, ...jwk } = v.parse(keySchema, json)
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < MIN_RSA_BITS) throw new Error(`key ${kid}: expected at least ${MIN_RSA_BITS} bits, got ${bits}`)
  return [kid, { key, algorithm: alg }]
}
