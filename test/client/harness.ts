/** What tests of the client share: a server, and clients that are closed after each test. */
import { after, afterEach, before, beforeEach } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { connect, type Itastream, type Timing } from '../../client/itastream.ts'
import { createTruth } from './client-truth.ts'
import { type Server, startServer } from './test-gateway.ts'

/** The client's own, hundreds of times faster. */
export const TIMING: Timing = {
  backoff: { base: 1, cap: 8 },
  connectTimeout: 500,
  pingInterval: 60_000,
  pongTimeout: 2_000,
  answerTimeout: 40,
  retryPause: 2,
}

export interface Harness {
  readonly server: Server
  /** A client whose tokens are `token-1`, `token-2` and so on. */
  open(options?: { timing?: Partial<Timing>; token?: () => Promise<string> }): Itastream
}

/** To be called inside `describe`; what it gives can be used in its tests. */
export function useServer(): Harness {
  let server: Server | undefined
  const clients: Itastream[] = []
  before(async () => {
    server = await startServer(createTruth())
  })
  after(() => server?.close())
  beforeEach(() => server?.reset(createTruth()))
  afterEach(() => {
    for (const client of clients.splice(0)) client.close()
  })
  return {
    get server() {
      if (server === undefined) throw new Error('expected to be used in a test, the server is not started')
      return server
    },
    open({ timing = {}, token } = {}) {
      let tokens = 0
      const client = connect({
        url: this.server.url,
        token: token ?? (async () => `token-${++tokens}`),
        timing: { ...TIMING, ...timing },
      })
      clients.push(client)
      return client
    },
  }
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(1)
}
