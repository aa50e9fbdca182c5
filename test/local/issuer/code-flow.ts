/** The authorization code flow at the local issuer, without a browser. */
import { createHash, randomBytes } from 'node:crypto'
import type { Issuer } from '../../../local/issuer/issuer.ts'

export interface Started {
  readonly verifier: string
  /** The address to which the form sends its fields. */
  readonly address: URL
}

/** Returns a request to the authorization endpoint. @param changes replace parameters. */
export function startFlow(
  { url, audience, scope }: Issuer,
  redirectUri: string,
  changes: Readonly<Record<string, string>> = {},
): Started {
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: audience,
    redirect_uri: redirectUri,
    scope,
    state: 'state-1',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  })
  return { verifier, address: new URL(`${url}/authorize?${query}`) }
}

/** Sends the form. Returns the address to which the browser goes. */
export async function sendForm(address: URL, fields: Readonly<Record<string, string>>): Promise<URL> {
  const body = new URLSearchParams(fields)
  const response = await fetch(address, { method: 'POST', body, redirect: 'manual' })
  return new URL(response.headers.get('location') ?? '')
}

/** Sends a request to the token endpoint. */
export async function requestTokens(
  { tokenUrl, audience }: Issuer,
  fields: Readonly<Record<string, string>>,
): Promise<{ status: number; body: Record<string, string | number> }> {
  const body = new URLSearchParams({ client_id: audience, ...fields })
  const response = await fetch(tokenUrl, { method: 'POST', body })
  return { status: response.status, body: (await response.json()) as Record<string, string | number> }
}

/** Signs in, and returns the refresh token. */
export async function refreshTokenOf(issuer: Issuer, redirectUri: string): Promise<string> {
  const { verifier, address } = startFlow(issuer, redirectUri)
  const returned = await sendForm(address, { user: 'local-user', answer: 'allow' })
  const { body } = await requestTokens(issuer, {
    grant_type: 'authorization_code',
    code: returned.searchParams.get('code') ?? '',
    redirect_uri: redirectUri,
    code_verifier: verifier,
  })
  return String(body.refresh_token)
}
