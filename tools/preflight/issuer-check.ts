/** Checks the issuer of access tokens as API Gateway and the function `connect` use it: discovery, then keys. */
import * as v from 'valibot'
import { type CheckResult, missing, ok, unknown } from './check-result.ts'
import type { Values } from './parameter-checks.ts'

const LIMIT_MS = 10_000
const DISCOVERY = '.well-known/openid-configuration'
const url = v.optional(v.pipe(v.string(), v.url()))
const discoverySchema = v.object({
  issuer: v.string(),
  jwks_uri: v.string(),
  token_endpoint: url,
  revocation_endpoint: url,
})
type Discovery = v.InferOutput<typeof discoverySchema>
const keysSchema = v.object({ keys: v.array(v.looseObject({ kty: v.string() })) })

export async function checkIssuer(issuer: string): Promise<CheckResult> {
  const area = 'issuer'
  try {
    const discovery = await readDiscovery(issuer)
    if (discovery.issuer !== issuer)
      return missing(
        area,
        `the discovery document is of ${discovery.issuer}`,
        'Give TokenIssuer exactly as the document has it: tokens are compared with it.',
      )
    const { keys } = v.parse(keysSchema, await readJson(discovery.jwks_uri))
    const usable = keys.filter(({ kty }) => kty === 'RSA')
    if (usable.length > 0) return ok(area, `${issuer} has ${usable.length} RSA keys`)
    return missing(area, `${issuer} has no RSA key`, 'API Gateway accepts tokens signed with RSA only.')
  } catch (error) {
    return unknown(
      area,
      error,
      'The document or the keys were not read from here. AWS must reach both over https.',
    )
  }
}

/**
 * Warns of endpoints of an issuer that the hosted page may not reach: its policy has the origin of the issuer and those of `edge.signInOrigins`.
 */
export async function checkSignInOrigins(issuer: string, origins: readonly string[]): Promise<CheckResult[]> {
  const area = 'page'
  const discovery = await readDiscovery(issuer).catch(() => undefined)
  // checkIssuer reports that the document was not read.
  if (discovery === undefined) return []
  const { token_endpoint: token, revocation_endpoint: revocation } = discovery
  const reached = [new URL(issuer).origin, ...origins]
  const used = [token, revocation].flatMap(each => (each === undefined ? [] : [new URL(each).origin]))
  const lacking = [...new Set(used)].filter(origin => !reached.includes(origin))
  return lacking.length === 0
    ? [ok(area, `the page reaches the endpoints of ${issuer}`)]
    : lacking.map(origin =>
        unknown(
          area,
          `the page may not connect to ${origin}, where ${issuer} has an endpoint`,
          'Add it to edge.signInOrigins of the stage, if users sign in on the page.',
        ),
      )
}

/**
 * Warns of an issuer of the broker's own without scopes: the stack cannot know which of its tokens are for real-time prices. In the
 * user pool of the stack a scope would separate nobody (docs/deploy.md, scopes).
 */
export function checkScopes({
  TokenIssuer = '',
  TokenScopes = '',
  TokenAudience = '',
}: Values): CheckResult[] {
  if (TokenIssuer === '') return []
  const area = 'scopes'
  if (TokenScopes !== '') return [ok(area, `a token needs one of: ${TokenScopes}`)]
  return [
    unknown(
      area,
      `TokenScopes is empty: every token of ${TokenIssuer} for ${TokenAudience} gives real-time prices`,
      'Set TokenScopes, unless the issuer gives these tokens to entitled users alone.',
    ),
  ]
}

/** @throws Error if the document is not there, or not as it should be. */
async function readDiscovery(issuer: string): Promise<Discovery> {
  return v.parse(discoverySchema, await readJson(`${issuer.replace(/\/$/, '')}/${DISCOVERY}`))
}

async function readJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) })
  if (!response.ok) throw new Error(`${url}: status ${response.status}`)
  return response.json()
}
