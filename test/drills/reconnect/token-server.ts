/** Gives each app of a drill tokens of its own user, with the life that the app asks for. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Issuer } from '../../../local/issuer/issuer.ts'

export interface TokenServer extends AsyncDisposable {
  /** `POST` with the parameters `user` and `seconds` returns a token as text. */
  readonly url: string
}

export async function startTokenServer(issuer: Pick<Issuer, 'token'>): Promise<TokenServer> {
  const server = createServer(async (request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://local')
    const expiresIn = Number(searchParams.get('seconds'))
    response.end(await issuer.token(searchParams.get('user') ?? '', { expiresIn }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
