import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { Timing } from '../../../ingest-task/line/connection.ts'
import { encodeLoginAnswer } from '../../../ingest-task/line/control.ts'
import { controlFrame, FrameReader, type FrameType } from '../../../ingest-task/line/frame.ts'
import { lineOpener } from '../../../ingest-task/line/line-opener.ts'
import type { LineFailure } from '../../../ingest-task/line-seam.ts'
import { until } from '../../until.ts'
import { configOf, MARKET, marketClock, NOBODY } from '../line-and-stream.ts'

const TIMING: Timing = {
  heartbeat: 20,
  receiveTimeout: 10_000,
  fillTimeout: 20,
  answerTimeout: 300,
  backoffCap: 20,
}
const HEARTBEAT_MS = 10

/** A line that accepts logins, sends heartbeats, and leaves requests of some types without an answer. */
async function openRudeLine(t: TestContext, unanswered: readonly FrameType[]) {
  const requests: FrameType[] = []
  let sent = 0
  const serve = (socket: Socket): void => {
    const reader = new FrameReader()
    let timer: NodeJS.Timeout | undefined
    socket.on('close', () => clearInterval(timer)).on('error', () => {})
    socket.on('data', chunk => {
      for (const { type } of reader.read(chunk)) {
        if (type === 'login') {
          const answer = { tradingDate: MARKET.tradingDate, session: 1 }
          socket.write(controlFrame('login-accepted', sent, encodeLoginAnswer(answer)))
          timer = setInterval(() => socket.write(controlFrame('heartbeat', sent)), HEARTBEAT_MS)
        } else if (type === 'snapshot-request' || type === 'resend-request') {
          requests.push(type)
          if (unanswered.includes(type)) continue
          if (type === 'snapshot-request') socket.write(controlFrame('snapshot-end', sent))
        }
      }
    })
  }
  const server = createServer(serve)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const failures: LineFailure[] = []
  const line = lineOpener(
    configOf(marketClock(), 1, [port, NOBODY]),
    TIMING,
  )({
    deliver: () => true,
    connected() {},
    failed: failure => void (failure.connection === 'A' && failures.push(failure)),
  })
  t.after(async () => {
    await line.close()
    server.close()
  })
  return {
    line,
    requests,
    failures,
    /** Makes the line announce a frame that it never sends. */
    announce(): void {
      sent = 1
    },
  }
}

test('a connection that never answers a request for a snapshot is ended, again and again', async t => {
  const { requests, failures, line } = await openRudeLine(t, ['snapshot-request'])
  await until(() => failures.length >= 2, 'two ended connections')
  for (const { kind, message } of failures) {
    assert.deepEqual([kind, message], ['unanswered', 'expected a snapshot within 300 ms, got nothing'])
  }
  assert.ok(requests.length >= 2)
  assert.equal(line.stats.errors.unanswered, failures.length)
})

test('a connection that never answers a request for frames is ended', async t => {
  const { requests, failures, line, announce } = await openRudeLine(t, ['resend-request'])
  await until(() => line.stats.state === 'live', 'a live line')
  announce()
  await until(() => failures.length >= 1, 'an ended connection')
  assert.deepEqual(
    [failures[0]!.kind, failures[0]!.message],
    ['unanswered', 'expected the requested frames within 300 ms, got nothing'],
  )
  assert.ok(requests.includes('resend-request'))
})

test('a pause is not blamed on a connection, and its time counts again after the pause', async t => {
  const { requests, failures, line } = await openRudeLine(t, ['snapshot-request'])
  await until(() => requests.length > 0, 'a request')
  line.pause()
  const before = failures.length
  await new Promise(resolve => setTimeout(resolve, 3 * TIMING.answerTimeout))
  assert.equal(failures.length, before)
  line.resume()
  await until(() => failures.length > before, 'an ended connection after the pause')
})

test('a connection that answers, however slowly, is not ended', async t => {
  const { failures, line } = await openRudeLine(t, [])
  await until(() => line.stats.state === 'live', 'a live line')
  await new Promise(resolve => setTimeout(resolve, 3 * TIMING.answerTimeout))
  assert.deepEqual(failures, [])
})
