import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Connection } from '../../../ingest-task/line/connection.ts'
import { decodeLogin, encodeLoginAnswer } from '../../../ingest-task/line/control.ts'
import { controlFrame, LineError } from '../../../ingest-task/line/frame.ts'
import { encodeRows } from '../../../ingest-task/quick/text.ts'
import { until } from '../../until.ts'
import { NOBODY } from '../line-and-stream.ts'
import { ANSWER, LOGIN, openBareLine } from './bare-line.ts'
import { TIMING } from './machine-run.ts'

/** Silence ends a connection after 100 ms. */
const IMPATIENT = { ...TIMING, heartbeat: 10, receiveTimeout: 100 }
const news = (sequence: number): Buffer => controlFrame('news', sequence)

suite('a connection', { concurrency: 4 }, () => {
  test('logs in at once, and is open when the login is accepted', async t => {
    const line = await openBareLine(t)
    await until(() => line.sent.length > 0, 'a login')
    const [{ type, sequence, payload }] = line.sent as [(typeof line.sent)[number]]
    assert.deepEqual([type, sequence, decodeLogin(payload)], ['login', 0, LOGIN])
    await line.accept(7)
    line.write(news(8), news(9))
    await line.untilReported('frame news 9')
    assert.deepEqual(line.reported, ['opened 7', 'frame news 8', 'frame news 9'])
    // Each frame has 18 bytes and its payload: the answer is `20261120`, a tab and `1`.
    assert.equal(line.counts.bytes, 18 + 10 + 2 * 18)
  })

  test('ends with the reason of a refused login', async t => {
    const line = await openBareLine(t)
    line.write(controlFrame('login-refused', 0, encodeRows([['full', 'too many connections are open']])))
    await line.untilReported('closed refused')
    assert.equal(line.reasons[0]?.message, 'login refused: full: too many connections are open')
  })

  test('names a refusal of user or password, which is not tried again soon', async t => {
    const line = await openBareLine(t)
    line.write(controlFrame('login-refused', 0, encodeRows([['credentials', 'user or password is wrong']])))
    await line.untilReported('closed credentials')
    assert.equal(line.reasons[0]?.message, 'login refused: credentials: user or password is wrong')
  })

  test('ends when another frame or another text answers its login', async t => {
    for (const [frame, kind, message] of [
      [news(1), 'login', 'expected an answer to the login, got a news frame'],
      [controlFrame('login-accepted', 0, Buffer.from('x')), 'text', 'expected 2 fields, got 1 in "x"'],
    ] as const) {
      const line = await openBareLine(t)
      line.write(frame)
      await line.untilReported(`closed ${kind}`)
      assert.equal(line.reasons[0]?.message, message)
      assert.ok(line.reasons[0] instanceof LineError)
    }
  })

  test('ends when the line logs out, hangs up, or sends bytes that are no frame', async t => {
    for (const [end, kind, message] of [
      [controlFrame('logout', 0), 'logout', /^the line has logged out$/],
      [undefined, 'closed', /^the line has hung up$/],
      [Buffer.alloc(18), 'magic', /^stream offset \d+: expected a frame to start with/],
    ] as const) {
      const line = await openBareLine(t)
      await line.accept()
      if (end === undefined) line.socket.end()
      else line.write(end)
      await line.untilReported(`closed ${kind}`)
      assert.match(line.reasons[0]!.message, message)
    }
  })

  test('without a line ends with the error of its socket', async () => {
    const reason = await new Promise<LineError>(closed => {
      const address = { host: '127.0.0.1', port: NOBODY }
      new Connection(address, LOGIN, TIMING, { opened() {}, frame() {}, bytes() {}, closed })
    })
    assert.equal(reason.kind, 'socket')
    assert.match(reason.message, /ECONNREFUSED/)
  })

  test('reports no frame after its end, which comes once', async t => {
    const line = await openBareLine(t, {
      onFrame: (_, connection) => {
        for (const kind of ['first', 'second']) connection.end(new LineError(kind, 'ended by the test'))
      },
    })
    await line.accept()
    line.write(news(8), news(9))
    await line.untilReported('closed first')
    await until(() => line.socket.closed, 'the end of the socket')
    assert.deepEqual(line.reported, ['opened 7', 'frame news 8', 'closed first'])
  })

  test('ends with the error that its session throws', async t => {
    const line = await openBareLine(t, {
      onFrame() {
        throw new LineError('session', 'thrown by the test')
      },
    })
    await line.accept()
    line.write(news(8))
    await line.untilReported('closed session')
    assert.equal(line.reasons[0]?.message, 'thrown by the test')
  })
})

suite('heartbeats', { concurrency: 4 }, () => {
  test('are sent while the connection is open, and not before', async t => {
    const line = await openBareLine(t, { timing: { ...TIMING, heartbeat: 10 } })
    await wait(50)
    assert.deepEqual(
      line.sent.map(({ type }) => type),
      ['login'],
    )
    await line.accept()
    await until(() => line.sent.length >= 3, 'two heartbeats')
    assert.deepEqual(
      line.sent.slice(1, 3).map(({ type, sequence }) => [type, sequence]),
      [
        ['heartbeat', 0],
        ['heartbeat', 0],
      ],
    )
  })

  test('of the line keep a connection open, which ends without them', async t => {
    const line = await openBareLine(t, { timing: IMPATIENT })
    await line.accept()
    await line.untilReported('closed silent')
    assert.equal(line.reasons[0]?.message, 'expected a frame within 100 ms, got nothing')
  })

  test('are missed also before the login is accepted', async t => {
    const line = await openBareLine(t, { timing: IMPATIENT })
    await line.untilReported('closed silent')
  })

  test('are not missed while the connection is paused, and again after the pause', async t => {
    const line = await openBareLine(t, { timing: IMPATIENT })
    await line.accept()
    line.connection.pause()
    line.write(news(8))
    await wait(300)
    assert.deepEqual(line.reported, ['opened 7'])
    line.connection.resume()
    await line.untilReported('closed silent')
    assert.deepEqual(line.reported, ['opened 7', 'frame news 8', 'closed silent'])
  })

  test('count only as whole frames', async t => {
    const line = await openBareLine(t, { timing: IMPATIENT })
    await line.accept()
    const timer = setInterval(() => line.write(Buffer.from('i')), 10)
    t.after(() => clearInterval(timer))
    await line.untilReported('closed silent')
  })
})

suite('a logout', { concurrency: 4 }, () => {
  test('waits until the line hangs up, and reports no frame meanwhile', async t => {
    const line = await openBareLine(t)
    await line.accept()
    const left = line.connection.logout()
    await until(() => line.sent.at(-1)?.type === 'logout', 'a logout')
    line.write(news(8), controlFrame('logout', 0))
    line.socket.end()
    await left
    assert.deepEqual(line.reported, ['opened 7', 'closed closed'])
  })

  test('of a paused connection reads on', async t => {
    const line = await openBareLine(t)
    await line.accept()
    line.connection.pause()
    const left = line.connection.logout()
    await until(() => line.sent.at(-1)?.type === 'logout', 'a logout')
    line.socket.end()
    await left
    assert.deepEqual(line.reported, ['opened 7', 'closed closed'])
  })

  test('ends the connection after a while, if the line does not hang up', async t => {
    const line = await openBareLine(t)
    await line.accept()
    line.socket.allowHalfOpen = true
    await line.connection.logout()
    assert.deepEqual(line.reported, ['opened 7', 'closed logout'])
    assert.equal(line.reasons[0]?.message, 'logged out')
  })

  test('before the login gives up', async t => {
    const line = await openBareLine(t)
    await line.connection.logout()
    assert.deepEqual(line.reported, ['closed logout'])
    assert.equal(line.reasons[0]?.message, 'given up before the login')
    line.write(controlFrame('login-accepted', 7, encodeLoginAnswer(ANSWER)))
  })

  test('after the end does nothing', async t => {
    const line = await openBareLine(t)
    line.connection.end(new LineError('test', 'ended by the test'))
    await line.connection.logout()
    assert.deepEqual(line.reported, ['closed test'])
  })
})
