/** The configuration that the web server gives the page. */
export interface PageConfig {
  /** Address of the REST API: `https://…`, without a slash at the end. */
  readonly restUrl: string
  /** Address of the WebSocket API: `wss://…/live`. */
  readonly websocketUrl: string
  /** `local`: a POST to `tokenUrl` returns an access token. `none`: the page shows delayed boards only. */
  readonly signIn: { readonly kind: 'local'; readonly tokenUrl: string } | { readonly kind: 'none' }
  /** The market clock, in the format of market/clock.ts. */
  readonly clock: string
  /** Where a local system reports its state, which the page then shows. Absent elsewhere. */
  readonly systemUrl?: string
  /** Issue codes of the boards at a first visit. */
  readonly issues: readonly string[]
}

export async function loadConfig(): Promise<PageConfig> {
  const response = await fetch('/config.json')
  if (!response.ok)
    throw new Error(`expected the configuration of the page at /config.json, got ${response.status}`)
  return (await response.json()) as PageConfig
}
