/** Gets access tokens for the canary: it sends the request of the secret to the issuer, as a program of a broker does. */
import * as v from 'valibot'
import { addMillis, type EpochMillis, nowMillis } from '../../market/units.ts'

/** Time for the issuer (ms). */
const REQUEST_TIMEOUT_MS = 3_000
/** A token is used until this long before its end (ms). */
const RESERVE_MS = 60_000
/** Life of a token whose issuer does not tell it, s. Most issuers give an hour. */
const LIFE_SECONDS = 300

/** The request that the secret holds. The issuer needs its form, so the secret has all of it. */
const requestSchema = v.strictObject({
  url: v.pipe(v.string(), v.url()),
  headers: v.optional(v.record(v.string(), v.string()), {}),
  body: v.string(),
})

const lifeSeconds = v.optional(v.number(), LIFE_SECONDS)
/** The answers of a token endpoint (RFC 6749, 5.1) and of `InitiateAuth` of Cognito. */
const answerSchema = v.union([
  v.pipe(
    v.object({ access_token: v.string(), expires_in: lifeSeconds }),
    v.transform(({ access_token, expires_in }) => ({ token: access_token, seconds: expires_in })),
  ),
  v.pipe(
    v.object({ AuthenticationResult: v.object({ AccessToken: v.string(), ExpiresIn: lifeSeconds }) }),
    v.transform(({ AuthenticationResult: { AccessToken, ExpiresIn } }) => ({
      token: AccessToken,
      seconds: ExpiresIn,
    })),
  ),
])

/**
 * Returns a token that is valid for a minute at least. The environment keeps it: an issuer may charge for each.
 * @throws Error without any part of the secret or of a token.
 */
export type TokenSource = () => Promise<string>

/** @param read returns the text of the secret. */
export function createTokenSource(
  read: () => Promise<string>,
  now: () => EpochMillis = nowMillis,
): TokenSource {
  let kept: { readonly token: string; readonly until: EpochMillis } | undefined
  return async () => {
    if (kept !== undefined && now() < kept.until) return kept.token
    kept = undefined
    const { token, seconds } = await askIssuer(await read())
    kept = { token, until: addMillis(now(), seconds * 1_000 - RESERVE_MS) }
    return token
  }
}

async function askIssuer(secret: string): Promise<v.InferOutput<typeof answerSchema>> {
  const request = v.safeParse(v.pipe(v.string(), v.parseJson(), requestSchema), secret)
  // The issues of valibot contain values of the secret.
  if (!request.success) throw new Error('expected {"url", "headers", "body"} in the secret')
  const { url, headers, body } = request.output
  const { host } = new URL(url)
  const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
  const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' })
  if (!response.ok) throw new Error(`expected 200 of ${host}, got ${response.status}`)
  const answer = v.safeParse(answerSchema, await response.json())
  if (!answer.success) throw new Error(`expected an access token of ${host}, got another answer`)
  return answer.output
}
