import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { decodeRange, encodeLoginAnswer } from '../../../ingest-task/line/control.ts'
import { controlFrame, type Frame, FrameReader } from '../../../ingest-task/line/frame.ts'
import { lineOpener } from '../../../ingest-task/line/line-opener.ts'
import type { LineContent } from '../../../ingest-task/line-seam.ts'
import { until } from '../../until.ts'
import { configOf, MARKET, marketClock, NOBODY } from '../line-and-stream.ts'
import { SESSION, TIMING } from './machine-run.ts'

/** Requests and attempts to connect are repeated within 20 ms. */
const QUICK = { ...TIMING, heartbeat: 50, fillTimeout: 20, backoffCap: 20 }

/** A session whose connection A has a line that accepts each login after frame 7. Nobody answers B. */
async function openSession(t: TestContext) {
  const sockets: Socket[] = []
  const received: Frame[] = []
  const server = createServer(socket => {
    sockets.push(socket)
    const reader = new FrameReader()
    socket
      .on('error', () => {})
      .on('data', chunk => {
        for (const frame of reader.read(chunk)) {
          received.push(frame)
          if (frame.type !== 'login') continue
          const answer = { tradingDate: MARKET.tradingDate, session: SESSION }
          socket.write(controlFrame('login-accepted', 7, encodeLoginAnswer(answer)))
        }
      })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const delivered: LineContent[] = []
  const reports: string[] = []
  const session = lineOpener(
    configOf(marketClock(), 1, [port, NOBODY]),
    QUICK,
  )({
    deliver: content => {
      delivered.push(content)
      return true
    },
    connected: connection => reports.push(`connected ${connection}`),
    failed: ({ connection, kind, message }, retryMilliseconds) => {
      reports.push(`failed ${connection} ${kind}: ${message}`)
      assert.ok(retryMilliseconds >= 0 && retryMilliseconds <= 20)
    },
  })
  t.after(async () => {
    await session.close()
    server.close()
  })
  const ofType = (type: Frame['type']): Frame[] => received.filter(frame => frame.type === type)
  return {
    session,
    sockets,
    received,
    delivered,
    reports,
    ofType,
    write: (...frames: Buffer[]) => void sockets.at(-1)!.write(Buffer.concat(frames)),
    untilSent: (type: Frame['type'], count = 1) =>
      until(() => ofType(type).length >= count, `${count} frames ${type}`),
    /** Answers the first request for a snapshot, so that the line is live after frame 7. */
    async becomeLive() {
      await until(() => ofType('snapshot-request').length > 0, 'a request for a snapshot')
      sockets.at(-1)!.write(controlFrame('snapshot-end', 7))
      await until(() => session.stats.state === 'live', 'a live line')
    },
  }
}

test('a request names the last frame that was taken, and the range of a request for frames', async t => {
  const line = await openSession(t)
  await line.becomeLive()
  const [snapshot] = line.ofType('snapshot-request')
  assert.deepEqual([snapshot?.sequence, snapshot?.payload.length], [0, 0])
  line.write(controlFrame('heartbeat', 9))
  await line.untilSent('resend-request')
  const [resend] = line.ofType('resend-request')
  assert.deepEqual([resend?.sequence, decodeRange(resend!.payload)], [7, { from: 8, to: 9 }])
})

test('a session counts what came, over all connections', async t => {
  const line = await openSession(t)
  assert.equal(line.session.stats.silentMilliseconds, undefined)
  await line.becomeLive()
  line.write(controlFrame('heartbeat', 7), controlFrame('heartbeat', 7))
  await until(() => line.session.stats.frames === 3, 'three frames')
  const { bytes, snapshots, silentMilliseconds, wins, gaps, resends, refused } = line.session.stats
  // A frame has 18 bytes, and the answer to the login ten more: `20261120`, a tab and `1`.
  assert.equal(bytes, 18 + 10 + 3 * 18)
  assert.deepEqual([snapshots, gaps, resends, refused, wins], [1, 0, 0, 0, { A: 0, B: 0 }])
  assert.ok(Number.isInteger(silentMilliseconds))
})

test('both connections are tried again and again, and each attempt is counted', async t => {
  const line = await openSession(t)
  await line.becomeLive()
  line.sockets[0]!.destroy()
  await until(
    () => line.reports.filter(report => report === 'connected A').length === 2,
    'a new connection A',
  )
  assert.ok(line.reports.includes('failed A closed: the line has hung up'))
  await until(() => (line.session.stats.errors.socket ?? 0) >= 2, 'two failures of B')
  assert.ok(line.reports.some(report => /^failed B socket: connect ECONNREFUSED/.test(report)))
  assert.ok(line.session.stats.connects >= 4)
})

test('a paused session reads nothing until it goes on', async t => {
  const line = await openSession(t)
  await line.becomeLive()
  line.session.pause()
  line.session.pause()
  line.write(controlFrame('heartbeat', 9))
  await wait(100)
  assert.deepEqual([line.ofType('resend-request').length, line.session.stats.state], [0, 'live'])
  assert.ok(line.session.stats.pausedMilliseconds > 0)
  line.session.resume()
  line.session.resume()
  await line.untilSent('resend-request')
})

test('a connection that is opened during a pause reads nothing before its end', async t => {
  const line = await openSession(t)
  await line.becomeLive()
  const connected = (): number => line.reports.filter(report => report === 'connected A').length
  line.session.pause()
  // The next heartbeat of the session notices the end.
  line.sockets[0]!.resetAndDestroy()
  await line.untilSent('login', 2)
  await wait(100)
  assert.equal(connected(), 1)
  line.session.resume()
  await until(() => connected() === 2, 'a new connection A')
})

test('a closed session connects no more, reports that it is stale, and sends nothing', async t => {
  const line = await openSession(t)
  await line.becomeLive()
  line.write(controlFrame('heartbeat', 9))
  await line.untilSent('resend-request')
  await line.session.close()
  await line.untilSent('logout')
  assert.equal(line.session.stats.state, 'stale')
  const { connects } = line.session.stats
  const sent = line.received.length
  await wait(100)
  assert.deepEqual([line.session.stats.connects, line.received.length], [connects, sent])
  assert.equal(line.reports.filter(report => report.startsWith('failed A')).length, 0)
  const state = line.delivered.at(-1)
  assert.equal(state?.kind === 'state' && state.state, 'stale')
})
