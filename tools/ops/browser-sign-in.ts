/** Signs a person in by the browser of this machine, for a token in the shell (RFC 8252, 7.3: loopback redirection). */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createOidcClient, SignInError } from '../../client/page/oidc-client.ts'
import type { OidcConfig } from '../../client/page/page-config.ts'
import { UnreachableError } from './target.ts'

/** Time for a person to sign in (ms). A first sign-in sets a password and an authenticator app. */
const SIGN_IN_LIMIT_MS = 600_000

const DONE =
  '<!doctype html><meta charset="utf-8"><title>itastream</title><p>サインインしました。端末に戻ってください。 Signed in: go back to the terminal.'
const FAILED =
  '<!doctype html><meta charset="utf-8"><title>itastream</title><p>サインインできませんでした。端末をご覧ください。 Sign-in failed: see the terminal.'

export interface BrowserSignIn {
  readonly config: OidcConfig
  /** The port to which the issuer returns. 0 takes a free port. */
  readonly port: number
  /** Shows the person the address at which to sign in. */
  readonly show: (address: string) => void
}

/** Returns an access token. @throws UnreachableError if the person does not sign in, or the issuer gives no token. */
export async function signInByBrowser({ config, port, show }: BrowserSignIn): Promise<string> {
  const server = createServer()
  try {
    await listen(server, port)
    const client = createOidcClient(config, `http://localhost:${(server.address() as AddressInfo).port}/`)
    const { address, ...pending } = await client.begin()
    const returned = untilReturned(server, url => client.finish(url, pending))
    show(address)
    return (await returned).accessToken
  } catch (error) {
    if (!(error instanceof SignInError)) throw error
    throw new UnreachableError(`sign-in ${error.problem}: ${error.message}`, { cause: error })
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: Error): void =>
      reject(new UnreachableError(`port ${port} of this machine: ${error.message}`, { cause: error }))
    server.once('error', refuse).listen(port, '127.0.0.1', () => resolve())
  })
}

/** Waits for the browser. @param finish takes the address to which the issuer has returned. */
function untilReturned<Result>(server: Server, finish: (returned: URL) => Promise<Result>): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>()
  const late = new UnreachableError(`expected a sign-in within ${SIGN_IN_LIMIT_MS / 60_000} minutes`)
  const timer = setTimeout(() => reject(late), SIGN_IN_LIMIT_MS)
  server.on('request', (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const headers = { 'content-type': 'text/html; charset=utf-8', connection: 'close' }
    // Browsers also ask for an icon.
    if (url.pathname !== '/') return response.writeHead(404, headers).end()
    finish(url).then(
      result => response.writeHead(200, headers).end(DONE, () => resolve(result)),
      error => response.writeHead(400, headers).end(FAILED, () => reject(error)),
    )
  })
  return promise.finally(() => clearTimeout(timer))
}
