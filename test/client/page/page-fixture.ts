/** The page with a gateway, a REST API, an issuer and a web server. Only the market is synthetic. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { SystemJson } from '../../../client/page/system-state.ts'
import { type Issuer, startIssuer } from '../../../local/issuer/issuer.ts'
import { SYSTEM_PATH, startWeb } from '../../../local/web/web.ts'
import type { EventOf } from '../../../market/market-event.ts'
import { refreshTokenOf } from '../../local/issuer/code-flow.ts'
import { createHistory, type History } from '../bars/history-server.ts'
import { ISSUES, openIssue } from '../client-market.ts'
import { createTruth, type Truth } from '../client-truth.ts'
import { type RestServer, startRestServer } from '../rest-server.ts'
import { TestGateway } from '../test-gateway.ts'

export interface PageFixture {
  readonly url: string
  readonly issuer: Issuer
  readonly truth: Truth
  readonly server: TestGateway
  readonly rest: RestServer
  /** The history of live bars. */
  readonly history: History
  /** Opens the page for a new user, who is signed in by default. `problems` collects the errors and warnings of the browser. */
  open(browser: Browser, options?: OpenOptions): Promise<OpenPage>
  close(): Promise<void>
}

export interface OpenOptions extends BrowserContextOptions {
  readonly hash?: string
  readonly signedOut?: boolean
}

export interface OpenPage {
  readonly page: Page
  readonly problems: string[]
  /** The address of every request and WebSocket. */
  readonly addresses: string[]
}

/** Runs in the browser before the scripts of the page: gives a tab a session at its first visit. */
function signInOnce(refreshToken: string): void {
  if (sessionStorage.getItem('visited') === null)
    sessionStorage.setItem('itastream.refresh-token', refreshToken)
  sessionStorage.setItem('visited', 'yes')
}

export const SINCE = '2026-11-20T08:00:00.000000+09:00'
const STATUS: EventOf<'line'>[] = [1, 2, 3].map(line => ({
  type: 'line',
  line,
  state: 'live',
  since: SINCE,
}))

/**
 * @param system the state of a local system. Absent: the page is not of a local system.
 * @param tokenSeconds life of the access tokens.
 */
export async function startPageFixture(
  system?: () => SystemJson,
  { tokenSeconds }: { readonly tokenSeconds?: number } = {},
): Promise<PageFixture> {
  const truth = createTruth()
  for (const [index, issue] of ISSUES.entries()) openIssue(truth, issue, [9, -6, 21, 0, -4, 7][index] ?? 0)
  const server = await TestGateway.start(truth)
  server.status.push(...STATUS)
  const news = [
    {
      type: 'news',
      time: SINCE,
      headline: '髙﨑自動車、通期の業績予想を上方修正',
      issues: ['7203'],
    } as const,
  ]
  const history = createHistory(truth)
  const rest = await startRestServer(ISSUES, { phase: 'morning', lines: STATUS, news }, history)
  for (const { code } of ISSUES) {
    const board = truth.json(code)
    if (board !== undefined) rest.boards.set(code, board)
  }
  const issuer = await startIssuer({ port: 0, ...(tokenSeconds === undefined ? {} : { tokenSeconds }) })
  const web = await startWeb({
    port: 0,
    config: {
      restUrl: rest.url,
      websocketUrl: server.url,
      signIn: { kind: 'oidc', issuer: issuer.url, clientId: issuer.audience, scope: issuer.scope },
      clock: `${Date.now()}:${Date.parse('2026-11-20T09:31:05+09:00')}:1`,
      issues: ISSUES.slice(0, 4).map(({ code }) => code),
      ...(system === undefined ? {} : { systemUrl: SYSTEM_PATH }),
    },
    ...(system === undefined ? {} : { system }),
  })
  return {
    url: web.url,
    issuer,
    truth,
    server,
    rest,
    history,
    async open(browser, { hash = '', signedOut = false, ...options } = {}) {
      const context = await browser.newContext(options)
      const page = await context.newPage()
      const problems: string[] = []
      const addresses: string[] = []
      page.on('pageerror', error => problems.push(error.message))
      page.on('console', message => {
        if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
      })
      page.on('request', request => addresses.push(request.url()))
      page.on('websocket', socket => addresses.push(socket.url()))
      if (!signedOut) await context.addInitScript(signInOnce, await refreshTokenOf(issuer, `${web.url}/`))
      await page.goto(`${web.url}/${hash}`)
      return { page, problems, addresses }
    },
    async close() {
      await web.close()
      await issuer.close()
      await rest.close()
      await server.close()
    },
  }
}
