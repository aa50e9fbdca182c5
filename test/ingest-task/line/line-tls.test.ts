import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { suite, type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import type { LineTls } from '../../../ingest-task/ingest-config.ts'
import { Connection } from '../../../ingest-task/line/connection.ts'
import { decodeLogin, encodeLoginAnswer } from '../../../ingest-task/line/control.ts'
import { controlFrame, FrameReader, type LineError } from '../../../ingest-task/line/frame.ts'
import { lineOpener } from '../../../ingest-task/line/line-opener.ts'
import { openExchange } from '../../../local/exchange/exchange.ts'
import { startLines } from '../../../local/line/line-server.ts'
import { timeOfDay } from '../../../market/moment.ts'
import { until } from '../../until.ts'
import { openStream } from '../ingest-stream.ts'
import {
  HOST,
  MARKET,
  marketClock,
  NOBODY,
  PASSWORD,
  QUICK,
  runIngest,
  statesOf,
  USER,
} from '../line-and-stream.ts'
import { assertOrdered, assertTrue, assertWhole, openTruth, ticksOf } from '../line-truth.ts'
import { ANSWER, LOGIN } from './bare-line.ts'
import { TIMING } from './machine-run.ts'
import { createAuthority } from './test-certificates.ts'

const authority = createAuthority()
/** For the host of the tests as a name and as an address. */
const identity = authority.issue('localhost', HOST)
const TRUSTED: LineTls = { ca: [authority.cert] }

/** A line that accepts each login, and notes the logins that it reads. */
function serve(logins: string[]): (socket: Socket) => void {
  return socket => {
    const reader = new FrameReader()
    socket
      .on('error', () => {})
      .on('data', chunk => {
        try {
          for (const { type, payload } of reader.read(chunk)) {
            if (type !== 'login') continue
            logins.push(decodeLogin(payload).user)
            socket.write(controlFrame('login-accepted', 7, encodeLoginAnswer(ANSWER)))
          }
        } catch {
          // As the line does with bytes that are no frame.
          socket.destroy()
        }
      })
  }
}

async function listening(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.listen(0, HOST)
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

interface Attempt {
  readonly host?: string
  readonly tls?: LineTls
  readonly receiveTimeout?: number
}

/** Connects, and returns `opened`, or the reason of the end. */
async function attempt(
  t: TestContext,
  port: number,
  { host = HOST, tls, receiveTimeout = 10_000 }: Attempt,
): Promise<'opened' | LineError> {
  const address = { host, port, ...(tls === undefined ? {} : { tls }) }
  const timing = { ...TIMING, heartbeat: 10, receiveTimeout }
  return new Promise(resolve => {
    const connection = new Connection(address, LOGIN, timing, {
      opened: () => resolve('opened'),
      frame() {},
      bytes() {},
      closed: resolve,
    })
    t.after(() => connection.logout())
  })
}

/** Returns the kind and the text of the reason for which an attempt ends. */
async function failure(t: TestContext, port: number, options: Attempt): Promise<[string, string]> {
  const reason = await attempt(t, port, options)
  assert.ok(reason !== 'opened', 'expected the connection to end')
  return [reason.kind, reason.message.replace(`:${port}`, ':PORT')]
}

suite('a connection with TLS', { concurrency: 3 }, () => {
  const tlsLine = (t: TestContext, logins: string[], options: TlsOptions = identity): Promise<number> => {
    // A handshake that fails is the business of the connection under test.
    return listening(
      t,
      createTlsServer(options, serve(logins)).on('tlsClientError', () => {}),
    )
  }

  test('logs in to a line whose certificate is for its name or its address', async t => {
    for (const host of ['localhost', HOST]) {
      const logins: string[] = []
      const names: (string | false | null)[] = []
      const server = createTlsServer(identity, socket => {
        names.push(socket.servername)
        serve(logins)(socket)
      })
      assert.equal(await attempt(t, await listening(t, server), { host, tls: TRUSTED }), 'opened')
      assert.deepEqual([logins, names], [[LOGIN.user], [host === HOST ? false : host]])
    }
  })

  test('logs in by TLS 1.2', async t => {
    const port = await tlsLine(t, [], { ...identity, maxVersion: 'TLSv1.2' })
    assert.equal(await attempt(t, port, { tls: TRUSTED }), 'opened')
  })

  test('reads nothing while it is paused, and then everything', async t => {
    let line: Socket | undefined
    const server = createTlsServer(identity, socket => {
      line = socket
      serve([])(socket)
    })
    const address = { host: HOST, port: await listening(t, server), tls: TRUSTED }
    const sequences: number[] = []
    let isOpen = false
    const connection = new Connection(address, LOGIN, TIMING, {
      opened() {
        isOpen = true
      },
      frame: ({ sequence }) => void sequences.push(sequence),
      bytes() {},
      closed() {},
    })
    t.after(() => connection.logout())
    await until(() => isOpen, 'an open connection')
    connection.pause()
    // 18 bytes a frame: several records of TLS, and several reads.
    const all = Array.from({ length: 20_000 }, (_, index) => index + 8)
    line?.write(Buffer.concat(all.map(sequence => controlFrame('news', sequence))))
    await wait(100)
    assert.deepEqual(sequences, [])
    connection.resume()
    await until(() => sequences.length === all.length, 'all frames')
    assert.deepEqual(sequences, all)
  })

  test('refuses a certificate of another CA, and sends no login', async t => {
    const logins: string[] = []
    const port = await tlsLine(t, logins)
    // Both CAs have the same name, so the signature decides.
    const [, ofPrivate] = await failure(t, port, { tls: { ca: [createAuthority().cert] } })
    assert.match(
      ofPrivate,
      /^TLS with 127\.0\.0\.1:PORT: expected a valid certificate of a CA in LINE_CA, got an error: \w[\w -]+$/,
    )
    assert.deepEqual(await failure(t, port, { tls: {} }), [
      'tls',
      `TLS with ${HOST}:PORT: expected a valid certificate of a public CA, got an error: unable to verify the first certificate`,
    ])
    assert.deepEqual(logins, [])
  })

  test('refuses a certificate that has expired', async t => {
    const old = createAuthority('Old CA', Date.UTC(2026, 0, 31))
    const port = await tlsLine(t, [], old.issue(HOST))
    assert.deepEqual(await failure(t, port, { tls: { ca: [old.cert] } }), [
      'tls',
      `TLS with ${HOST}:PORT: expected a valid certificate of a CA in LINE_CA, got an error: certificate has expired`,
    ])
  })

  test('refuses a certificate for another host, and sends no login', async t => {
    const logins: string[] = []
    const port = await tlsLine(t, logins, authority.issue('line.example', '192.0.2.1'))
    for (const host of ['localhost', HOST]) {
      assert.deepEqual(await failure(t, port, { host, tls: TRUSTED }), [
        'tls',
        `TLS with ${host}:PORT: expected a certificate for ${host}, got one for DNS:line.example, IP Address:192.0.2.1`,
      ])
    }
    assert.deepEqual(logins, [])
  })

  test('refuses a line that has TLS 1.1 alone', async t => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    const port = await tlsLine(t, [], { ...identity, ...old })
    assert.deepEqual(await failure(t, port, { tls: TRUSTED }), [
      'tls',
      `TLS with ${HOST}:PORT: expected TLS 1.2 or later, got an older version`,
    ])
  })

  test('names a plain line that hangs up, that sends frames, or that is silent', async t => {
    const hangsUp = await listening(t, createServer(serve([])))
    assert.deepEqual(await failure(t, hangsUp, { tls: TRUSTED }), [
      'tls',
      `TLS with ${HOST}:PORT: expected a handshake, got the end of the connection`,
    ])
    const sends = await listening(
      t,
      createServer(socket => {
        socket.on('error', () => {}).write(controlFrame('heartbeat', 0))
      }),
    )
    assert.deepEqual(await failure(t, sends, { tls: TRUSTED }), [
      'tls',
      `TLS with ${HOST}:PORT: expected TLS 1.2 or later, got bytes that are not TLS`,
    ])
    const silent = await listening(
      t,
      createServer(socket => void socket.on('error', () => {}).resume()),
    )
    assert.deepEqual(await failure(t, silent, { tls: TRUSTED, receiveTimeout: 100 }), [
      'silent',
      `expected a connection with TLS to ${HOST}:PORT within 100 ms, got nothing`,
    ])
  })

  test('without a line ends with the error of its socket', async t => {
    const [kind, message] = await failure(t, NOBODY, { tls: TRUSTED })
    assert.equal(kind, 'socket')
    assert.match(message, /ECONNREFUSED/)
  })

  test('is what a line may expect that hangs up on a plain login', async t => {
    const port = await tlsLine(t, [])
    assert.deepEqual(await failure(t, port, {}), [
      'closed',
      'the line has hung up without an answer to the login; it may expect TLS (LINE_TLS)',
    ])
  })
})

test('every message of a line with TLS becomes a true tick, and a wrong CA is tried again and again', async t => {
  const stream = await openStream()
  t.after(() => stream.close())
  const clock = marketClock()
  const exchange = openExchange(MARKET)
  const login = { user: USER, password: PASSWORD }
  const lines = await startLines({ exchange, clock, host: HOST, ports: [0, 0, 0], tls: identity, ...login })
  t.after(() => lines.close())
  const run = (line: number, tls: LineTls) =>
    runIngest(stream, clock, line, lines.ports[line - 1]!, {
      opener: config => {
        const [a, b] = config.addresses
        return lineOpener(
          {
            ...config,
            addresses: [
              { ...a, tls },
              { ...b, tls },
            ],
          },
          QUICK,
        )
      },
    })
  const task = run(1, TRUSTED)
  const stranger = run(2, { ca: [createAuthority('Another CA').cert] })
  await task.logged('line is live')
  await wait(1000)
  await Promise.all([task.close(), stranger.close()])

  const envelopes = await stream.envelopes()
  const ticks = ticksOf(envelopes, 1)
  assertOrdered(ticks)
  const facts = openTruth(MARKET).of(1, timeOfDay(clock.now()))
  assertTrue(ticks, facts)
  const live = assertWhole(ticks, facts)
  assert.ok(live > 50, `${live} messages after the snapshot`)
  assert.deepEqual(statesOf(envelopes, 1), ['stale', 'recovering', 'live', 'stale'])

  const ends = stranger.log.filter(({ message }) => message === 'connection to the line ended')
  assert.ok(ends.length > 2, `${ends.length} attempts`)
  for (const { details } of ends) {
    assert.equal(details.kind, 'tls')
    assert.match(
      String(details.reason),
      /^TLS with 127\.0\.0\.1:\d+: expected a valid certificate of a CA in LINE_CA/,
    )
  }
  assert.deepEqual(ticksOf(envelopes, 2), [])
})
