/** A gateway for the tests of a suite, and clients that are closed after each test. */
import { after, afterEach, before, beforeEach } from 'node:test'
import { CLIENT_VERSION } from '../../client/client-version.ts'
import { connect, type Itastream, type Timing } from '../../client/itastream.ts'
import { until as untilTrue } from '../until.ts'
import { createTruth } from './client-truth.ts'
import { TestGateway } from './test-gateway.ts'

/** A fast timing of the client. Connections and answers have the time that they take on a busy machine. */
export const TIMING: Timing = {
  backoff: { base: 1, cap: 8 },
  connectTimeout: 5_000,
  pingInterval: 60_000,
  pongTimeout: 2_000,
  answerTimeout: 1_000,
  retryPause: 2,
  handOver: { from: 60_000, to: 60_000 },
  handOverTimeout: 1_000,
  renewal: { from: 100, to: 50, shortest: 10 },
  silence: 60_000,
  history: { pause: 2, limit: 2_000 },
}

/** The parameter of the address that names the client. */
export const CLIENT = `client=itastream-js%2F${CLIENT_VERSION}`

export interface Harness {
  readonly server: TestGateway
  /** Opens a client whose tokens are `token-1`, `token-2` and so on. */
  open(options?: {
    timing?: Partial<Timing>
    token?: () => Promise<string>
    pace?: number
    compression?: boolean
    history?: string
  }): Itastream
}

/** Starts a gateway before the tests of a `describe`. */
export function useServer(): Harness {
  let server: TestGateway | undefined
  const clients: Itastream[] = []
  before(async () => {
    server = await TestGateway.start(createTruth())
  })
  after(() => server?.close())
  beforeEach(() => server?.reset(createTruth()))
  afterEach(() => {
    for (const client of clients.splice(0)) client.close()
  })
  return {
    get server() {
      if (server === undefined)
        throw new Error('expected a started gateway: useServer() works inside tests only')
      return server
    },
    open({ timing = {}, token, pace, compression, history } = {}) {
      let tokens = 0
      const client = connect({
        url: this.server.url,
        token: token ?? (async () => `token-${++tokens}`),
        timing: { ...TIMING, ...timing },
        ...(pace === undefined ? {} : { pace }),
        ...(history === undefined ? {} : { history }),
        ...(compression === undefined ? {} : { compression }),
      })
      clients.push(client)
      return client
    },
  }
}

/** Waits until a condition is true. The client of these tests is fast, so the condition is checked often. */
export function until(condition: () => boolean, what: string): Promise<void> {
  return untilTrue(condition, what, { pollMs: 1 })
}
