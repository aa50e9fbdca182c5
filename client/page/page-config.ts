/** What the page is told by the server that serves it. */
export interface PageConfig {
  /** Where the REST API is: `https://…`, without a slash at the end. */
  readonly restUrl: string
  /** `wss://…/live`. */
  readonly websocketUrl: string
  /** `local`: a POST to `tokenUrl` gives an access token. `none`: only the delayed boards are shown. */
  readonly signIn: { readonly kind: 'local'; readonly tokenUrl: string } | { readonly kind: 'none' }
  /** The market clock, as market/clock.ts reads it. */
  readonly clock: string
  /** Codes of the boards that a first visit shows. */
  readonly issues: readonly string[]
}

export async function loadConfig(): Promise<PageConfig> {
  const response = await fetch('/config.json')
  if (!response.ok)
    throw new Error(`expected the page's configuration at /config.json, got ${response.status}`)
  return (await response.json()) as PageConfig
}
