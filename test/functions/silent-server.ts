/** A server that accepts connections and requests, and never answers. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Silent {
  /** `127.0.0.1:port` */
  readonly address: string
  /** The caller closes the server. */
  readonly server: Server
}

export async function startSilent(): Promise<Silent> {
  const server = createServer(() => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}
