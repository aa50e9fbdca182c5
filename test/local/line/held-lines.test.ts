import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeLogin } from '../../../ingest-task/line/control.ts'
import { controlFrame, type Frame, FrameReader } from '../../../ingest-task/line/frame.ts'
import { openExchange } from '../../../local/exchange/exchange.ts'
import { startLines } from '../../../local/line/line-server.ts'
import { shiftedClock } from '../../../market/clock.ts'
import { momentOf } from '../../../market/moment.ts'
import { asTradingDate, nowMillis, toEpochMillis } from '../../../market/units.ts'
import { until } from '../../until.ts'

const HOST = '127.0.0.1'
const LOGIN = { user: 'reader', password: 'open sesame' }
const DATE = asTradingDate(20261120)
/** Some seconds after the opening. */
const FROM = 32_405_000_000
/** Time in which an exchange that is not held sends hundreds of messages, ms. */
const HELD_MS = 300

test('an exchange starts when every line has its readers, and leaves nothing out', async t => {
  const exchange = openExchange({ seed: 3, issues: 30, rate: 100, tradingDate: DATE, from: FROM })
  const clock = shiftedClock([{ real: nowMillis(), market: toEpochMillis(momentOf(DATE, FROM)), speed: 20 }])
  const hold = { at: FROM, logins: 2 }
  const lines = await startLines({ exchange, clock, host: HOST, ports: [0, 0, 0], hold, ...LOGIN })
  t.after(() => lines.close())
  const read = (line: number): Frame[] => {
    const frames: Frame[] = []
    const socket = connect({ port: lines.ports[line - 1]!, host: HOST })
    t.after(() => socket.destroy())
    const reader = new FrameReader()
    socket.on('data', chunk => frames.push(...reader.read(chunk)))
    socket.write(controlFrame('login', 0, encodeLogin({ ...LOGIN, line })))
    return frames
  }
  const readers = [1, 1, 2, 2, 3].map(read)
  const isLoggedIn = (frames: Frame[]): boolean => frames[0]?.type === 'login-accepted'
  await until(() => readers.every(isLoggedIn), 'all logins')
  const { messages } = lines.stats()
  await sleep(HELD_MS)
  assert.deepEqual(lines.stats().messages, messages, 'line 3 still lacks a reader')
  assert.ok(lines.stats().behind >= HELD_MS * 1000 * 20)

  read(3)
  const hasCaughtUp = (): boolean => lines.stats().behind === 0
  await until(hasCaughtUp, 'an exchange that has caught up')
  await until(() => lines.stats().messages.every((count, index) => count > messages[index]!), 'messages')
  for (const frames of readers) {
    const [answer, ...later] = frames
    const first = later.find(({ type }) => type === 'prices')
    assert.ok(first !== undefined)
    const between = later.slice(0, later.indexOf(first)).filter(({ type }) => type !== 'heartbeat')
    assert.equal(first.sequence, answer!.sequence + between.length + 1, 'the first frame after the login')
  }
})
