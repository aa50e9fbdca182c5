/** The configuration that the web server gives the page. */
export interface PageConfig {
  /** Address of the REST API: `https://…`, without a slash at the end. */
  readonly restUrl: string
  /** Address of the WebSocket API: `wss://…/live`. */
  readonly websocketUrl: string
  /** `oidc`: users sign in at an OpenID Connect issuer. `none`: the page shows delayed boards only. */
  readonly signIn: OidcConfig | { readonly kind: 'none' }
  /** The market clock, in the format of market/clock.ts. */
  readonly clock: string
  /** Where a local system reports its state, which the page then shows. Absent elsewhere. */
  readonly systemUrl?: string
  /** Issue codes of the boards at a first visit. */
  readonly issues: readonly string[]
}

export interface OidcConfig {
  readonly kind: 'oidc'
  /** The `iss` claim of the tokens. Discovery is below it. */
  readonly issuer: string
  /** The page as a public client of the issuer. It may return to the root of the page: `https://boards.example.co.jp/`. */
  readonly clientId: string
  /** Scopes with a space between them. `openid` is not needed: the page uses no ID token. */
  readonly scope: string
  /** Address of the sign-in page of a Cognito user pool, without a slash at the end: Cognito signs out in a way of its own. */
  readonly cognitoUrl?: string
}

export async function loadConfig(): Promise<PageConfig> {
  const response = await fetch('/config.json')
  if (!response.ok)
    throw new Error(`expected the configuration of the page at /config.json, got ${response.status}`)
  return (await response.json()) as PageConfig
}
