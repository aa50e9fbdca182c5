/** The scopes that an access token needs for real-time data: the rule of API Gateway's JWT authorizers, for the WebSocket. */

/**
 * Returns what is wrong if a token has none of the scopes; undefined if it has one, or if none is needed. "The token must
 * include at least one of the scopes in the route's authorizationScopes" (API Gateway developer guide, JWT authorizers).
 */
export function missingScope(
  claims: Readonly<Record<string, unknown>>,
  scopes: readonly string[],
): string | undefined {
  const granted = grantedScopes(claims)
  if (scopes.length === 0 || scopes.some(scope => granted.includes(scope))) return undefined
  return `expected an access token with the scope ${scopes.join(' or ')}, got one without`
}

/** Returns the scopes of a token: `scope` is a text with spaces (RFC 9068, 2.2.3). Some issuers write a list `scp` instead. */
export function grantedScopes({ scope, scp }: Readonly<Record<string, unknown>>): readonly string[] {
  return [scope ?? scp].flat().flatMap(text => (typeof text === 'string' ? text.split(' ') : []))
}
