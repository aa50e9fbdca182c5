/** Checks the issuer of access tokens as API Gateway and the function `connect` use it: discovery, then keys. */
import * as v from 'valibot'
import { type CheckResult, missing, ok, unknown } from './check-result.ts'

const LIMIT_MS = 10_000
const DISCOVERY = '.well-known/openid-configuration'
const discoverySchema = v.object({ issuer: v.string(), jwks_uri: v.string() })
const keysSchema = v.object({ keys: v.array(v.looseObject({ kty: v.string() })) })

export async function checkIssuer(issuer: string): Promise<CheckResult> {
  const area = 'issuer'
  try {
    const discovery = v.parse(discoverySchema, await readJson(`${issuer.replace(/\/$/, '')}/${DISCOVERY}`))
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

async function readJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) })
  if (!response.ok) throw new Error(`${url}: status ${response.status}`)
  return response.json()
}
