import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { contentOf } from '../../../ingest-task/line/content.ts'
import { decodeLoginAnswer, encodeLogin, encodeRange, type Login } from '../../../ingest-task/line/control.ts'
import { controlFrame, type Frame, FrameReader, isContent } from '../../../ingest-task/line/frame.ts'
import { decodeWindows31J } from '../../../ingest-task/quick/windows-31j.ts'
import { type ExchangeOptions, openExchange } from '../../../local/exchange/exchange.ts'
import { type Lines, startLines } from '../../../local/line/line-server.ts'
import { shiftedClock } from '../../../market/clock.ts'
import { momentOf } from '../../../market/moment.ts'
import { asTradingDate, nowMillis, toEpochMillis } from '../../../market/units.ts'
import { newLineBoards } from '../../ingest-task/new-line-boards.ts'

const HOST = '127.0.0.1'
const LOGIN: Login = { user: 'reader', password: 'open sesame', line: 1 }
const DATE = asTradingDate(20261120)
const OPTIONS: ExchangeOptions = { seed: 3, issues: 30, rate: 100, tradingDate: DATE, from: 32_390_000_000 }
const clock = shiftedClock([
  { real: nowMillis(), market: toEpochMillis(momentOf(DATE, OPTIONS.from)), speed: 20 },
])

let lines: Lines

before(async () => {
  const { user, password } = LOGIN
  const exchange = openExchange(OPTIONS)
  lines = await startLines({ exchange, clock, host: HOST, ports: [0, 0, 0], user, password })
})
after(() => lines.close())

interface Reader {
  readonly socket: Socket
  send(frame: Buffer): void
  /** Returns the next frame that fits. */
  next(fits: (frame: Frame) => boolean): Promise<Frame>
}

function dial(port: number): Reader {
  const socket = connect({ port, host: HOST })
  const frames = (async function* () {
    const reader = new FrameReader()
    for await (const chunk of socket) yield* reader.read(chunk as Buffer)
  })()
  return {
    socket,
    send: frame => void socket.write(frame),
    async next(fits) {
      for (;;) {
        const { value, done } = await frames.next()
        if (done) throw new Error('the line has hung up')
        if (fits(value)) return value
      }
    },
  }
}

async function login(login: Login, line = login.line): Promise<{ reader: Reader; answer: Frame }> {
  const reader = dial(lines.ports[line - 1]!)
  reader.send(controlFrame('login', 0, encodeLogin(login)))
  return { reader, answer: await reader.next(() => true) }
}

test('a login is refused with the reason', async () => {
  for (const [changes, reason] of [
    [{ password: 'open' }, 'credentials\tuser or password is wrong'],
    [{ user: 'writer' }, 'credentials\tuser or password is wrong'],
    [{ line: 2 }, 'line\tthis is a different line'],
  ] as const) {
    const { reader, answer } = await login({ ...LOGIN, ...changes }, 1)
    assert.equal(answer.type, 'login-refused')
    assert.equal(decodeWindows31J(answer.payload), reason)
    reader.socket.destroy()
  }
})

test('the ninth reader is refused because the line is full', async () => {
  const other = { ...LOGIN, line: 3 }
  const readers = await Promise.all(Array.from({ length: 8 }, () => login(other)))
  const { reader, answer } = await login(other)
  assert.equal(decodeWindows31J(answer.payload), 'full\ttoo many connections are open')
  for (const { socket } of [reader, ...readers.map(each => each.reader)]) socket.destroy()
})

test('frames are numbered without gaps, and are sent again byte for byte', async () => {
  const { reader, answer } = await login(LOGIN)
  assert.equal(answer.type, 'login-accepted')
  assert.equal(decodeLoginAnswer(answer.payload).tradingDate, DATE)
  const live: Frame[] = []
  while (live.length < 5) live.push(await reader.next(({ type }) => isContent(type)))
  assert.deepEqual(
    live.map(({ sequence }) => sequence),
    live.map((_, index) => live[0]!.sequence + index),
  )
  const [from, to] = [live[1]!.sequence, live[3]!.sequence]
  reader.send(controlFrame('resend-request', 0, encodeRange({ from, to })))
  for (const frame of live.slice(1, 4)) {
    assert.deepEqual(await reader.next(({ sequence }) => sequence === frame.sequence), frame)
  }
  reader.send(controlFrame('logout', 0))
  await reader.next(({ type }) => type === 'logout')
})

test('a request for unknown frames is refused', async () => {
  const { reader } = await login(LOGIN)
  reader.send(controlFrame('resend-request', 0, encodeRange({ from: 4_000_000, to: 4_000_001 })))
  await reader.next(({ type }) => type === 'resend-refused')
  reader.socket.destroy()
})

test('a snapshot has all boards after its frame, and the next frame follows it', async () => {
  const { reader } = await login(LOGIN)
  // After the first prices there are boards.
  await reader.next(({ type }) => type === 'prices')
  reader.send(controlFrame('snapshot-request', 0))
  const issues = new Set<string>()
  const boards = newLineBoards(1, DATE, ({ board }) => issues.add(board.issue))
  const kinds = new Set<string>()
  const end = await reader.next(frame => {
    if (frame.snapshot) {
      kinds.add(frame.type)
      const content = contentOf(frame)
      if (content.kind === 'messages') boards.replace(content.bytes)
    }
    return frame.type === 'snapshot-end'
  })
  boards.endSnapshot()
  assert.ok(issues.size > 0)
  assert.deepEqual([...kinds], ['master', 'market', 'prices'])
  const next = await reader.next(({ type }) => isContent(type))
  assert.equal(next.sequence, end.sequence + 1)
  const content = contentOf(next)
  assert.ok(content.kind === 'messages')
  boards.merge(content.bytes)
  reader.socket.destroy()
})

test('a reader that sends other bytes than frames is cut', async () => {
  const reader = dial(lines.ports[1]!)
  reader.socket.write('GET / HTTP/1.1\r\nHost: line\r\n\r\n')
  reader.socket.resume()
  await once(reader.socket, 'close')
})

test('a reader that requests more than it reads is cut before it takes much memory', async () => {
  const { reader, answer } = await login({ ...LOGIN, line: 2 })
  const { sequence } = await reader.next(
    frame => isContent(frame.type) && frame.sequence > answer.sequence + 20,
  )
  const request = controlFrame('resend-request', 0, encodeRange({ from: 1, to: sequence }))
  reader.send(Buffer.concat(Array(20_000).fill(request)))
  await assert.rejects(reader.next(() => false))
})
