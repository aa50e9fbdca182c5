import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { encodeFrame, type Frame } from '../../ingest-task/line/frame.ts'
import { encodeMaster, encodeNews } from '../../ingest-task/quick/records.ts'
import { openExchange } from '../../local/exchange/exchange.ts'
import { snapshotMessage } from '../../local/exchange/flex.ts'
import { type Lines, startLines } from '../../local/line/line-server.ts'
import { zip } from '../../local/line/zip-writer.ts'
import { shiftedClock } from '../../market/clock.ts'
import { momentOf, timeOfDay } from '../../market/moment.ts'
import { asTradingDate, nowMillis, toEpochMillis } from '../../market/units.ts'
import { createMessageDecoder } from '../../tools/decode/flex-messages.ts'
import { createLineDecoder } from '../../tools/decode/recorded-line.ts'
import { createAuthority } from '../ingest-task/line/test-certificates.ts'
import { decodeAll, faultsOf, shownOf } from './decoding.ts'

const MAIN = join(import.meta.dirname, '../../tools/record/record-main.ts')
const DECODE = join(import.meta.dirname, '../../tools/decode/decode-main.ts')
const HOST = '127.0.0.1'
const USER = 'reader'
const PASSWORD = 'open sesame'
const LINE = 2
const HOUR = 3_600_000_000
const MARKET = {
  seed: 7,
  issues: 60,
  rate: 60,
  tradingDate: asTradingDate(20261120),
  from: 9 * HOUR - 10_000_000,
}
const { tradingDate, from } = MARKET
const clock = shiftedClock([
  { real: nowMillis(), market: toEpochMillis(momentOf(tradingDate, from)), speed: 10 },
])

const folder = mkdtempSync(join(tmpdir(), 'itastream-record-'))
let lines: Lines
before(async () => {
  const exchange = openExchange(MARKET)
  lines = await startLines({ exchange, clock, host: HOST, ports: [0, 0, 0], user: USER, password: PASSWORD })
})
after(async () => {
  await lines.close()
  rmSync(folder, { recursive: true })
})

function record(file: string, more: readonly string[], password: string | null = PASSWORD): ChildProcess {
  const where = ['--host', HOST, '--port', String(lines.ports[LINE - 1]), '--line', String(LINE)]
  return spawn(process.execPath, [MAIN, ...where, '--user', USER, '--out', file, ...more], {
    env: password === null ? {} : { LINE_PASSWORD: password },
  })
}

async function ended(child: ChildProcess): Promise<{ code: number; said: string }> {
  let said = ''
  child.stderr!.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const [code] = await once(child, 'close')
  return { code, said }
}

const decodeMessage = (bytes: Uint8Array) =>
  shownOf(decodeAll(createMessageDecoder(), [Buffer.from(bytes)]))[0]!

/** Returns what the exchange sent on the line: each message and the whole board after it, as decode shows them. */
function truth(): { message: object; board: object }[] {
  const facts: { message: object; board: object }[] = []
  for (const event of openExchange(MARKET).advance(timeOfDay(clock.now()))) {
    if (event.kind !== 'message' || event.line !== LINE) continue
    const { sequence, bytes, board } = event
    facts[sequence] = {
      message: decodeMessage(bytes),
      board: decodeMessage(snapshotMessage(board, LINE, sequence)),
    }
  }
  return facts
}

test('a decoded recording equals what the exchange sent: first every board, then every message', async () => {
  const file = join(folder, 'whole.rec')
  const { code, said } = await ended(record(file, ['--seconds', '2']))
  assert.equal(code, 0, said)
  const items = decodeAll(createLineDecoder(), [readFileSync(file)])
  assert.deepEqual(faultsOf(items), [])
  const shown = shownOf(items)
  const facts = truth()
  const kinds = new Set(shown.map(({ kind }) => kind))
  assert.ok(kinds.has('issues') && kinds.has('phase'), [...kinds].join())
  let [boards, messages] = [0, 0]
  for (const { frame, snapshot, ...rest } of shown) {
    if ('kind' in rest) continue
    const fact = facts[rest.seq as number]!
    assert.deepEqual(rest, snapshot ? fact.board : fact.message)
    assert.ok(Number.isInteger(frame))
    if (snapshot) boards++
    else messages++
  }
  assert.ok(boards >= MARKET.issues / 3 && messages > 100, `${boards} boards, ${messages} messages`)
  assert.match(said, new RegExp(`${boards + messages} messages`))
  const { stdout, status } = spawnSync(process.execPath, [DECODE, '--line', file], { encoding: 'utf8' })
  assert.deepEqual([status, stdout.split('\n').length - 1], [0, shown.length])

  assert.match((await ended(record(file, []))).said, /whole\.rec exists already; --force overwrites it/)
  const again = await ended(record(file, ['--frames', '3', '--force']))
  assert.match(again.said, /whole\.rec: 3 frames, /)
  assert.deepEqual(faultsOf(decodeAll(createLineDecoder(), [readFileSync(file)])), [])
})

test('Ctrl-C ends a recording after a whole frame', async () => {
  const file = join(folder, 'stopped.rec')
  const child = record(file, [])
  const done = ended(child)
  // Wait for the first line of progress.
  await once(createInterface({ input: child.stderr! }), 'line')
  child.kill('SIGINT')
  const { code, said } = await done
  assert.equal(code, 0, said)
  const items = decodeAll(createLineDecoder(), [readFileSync(file)])
  assert.deepEqual(faultsOf(items), [])
  assert.ok(items.length > 20)
})

test('a line with TLS is recorded with the certificate of its CA', async t => {
  const authority = createAuthority()
  const exchange = openExchange(MARKET)
  const login = { user: USER, password: PASSWORD }
  const tls = authority.issue(HOST)
  const secure = await startLines({ exchange, clock, host: HOST, ports: [0, 0, 0], tls, ...login })
  t.after(() => secure.close())
  const file = join(folder, 'tls.rec')
  const ca = join(folder, 'ca.pem')
  writeFileSync(ca, authority.cert)
  const options = ['--port', String(secure.ports[LINE - 1]), '--frames', '3']
  const { code, said } = await ended(record(file, [...options, '--tls', '--ca', ca]))
  assert.equal(code, 0, said)
  assert.deepEqual(faultsOf(decodeAll(createLineDecoder(), [readFileSync(file)])), [])
  const stranger = await ended(record(file, [...options, '--tls', '--force']))
  assert.equal(stranger.code, 1)
  assert.match(stranger.said, /record: TLS with .* expected a valid certificate of a public CA/)
  const lacking = await ended(record(file, ['--ca', join(folder, 'none.pem'), '--force']))
  assert.equal(lacking.code, 2)
  assert.match(lacking.said, /--ca needs --tls; --ca: .*none\.pem does not exist/)
})

test('record reports a refused login and leaves no file, and reports missing options before any login', async () => {
  const file = join(folder, 'refused.rec')
  const refused = await ended(record(file, [], 'wrong'))
  assert.equal(refused.code, 1)
  assert.match(refused.said, /record: login refused: credentials/)
  const lacking = await ended(record(file, ['--line', '4'], null))
  assert.equal(lacking.code, 2)
  assert.match(lacking.said, /--line: expected .* from 1 to 3, got "4"; LINE_PASSWORD is missing/)
  assert.ok(!existsSync(file))
})

const frame = (type: Frame['type'], sequence: number, payload: Buffer, zipped = false): Buffer =>
  encodeFrame({
    type,
    sequence,
    zip: zipped,
    snapshot: false,
    payload: zipped ? zip('x', payload, true) : payload,
  })

const issues = [
  { code: '130A', name: '髙﨑①㈱', section: 'グロース', unit: 100, basePrice: 12_345_000, topix500: false },
]
const news = { time: 9 * HOUR + 65_000_001, headline: '板寄せ', issues: ['130A'] }
const frames = [
  frame('master', 1, encodeMaster(issues), true),
  frame('news', 2, encodeNews(news)),
  frame('news', 3, encodeNews({ ...news, issues: [] }), true),
]
const expected = [
  { kind: 'issues', frame: 1, issues: [{ ...issues[0], basePrice: 1234.5 }] },
  { kind: 'news', frame: 2, time: '09:01:05.000001', headline: '板寄せ', issues: ['130A'] },
  { kind: 'news', frame: 3, time: '09:01:05.000001', headline: '板寄せ', issues: [] },
]

test('other content is shown with its kind; logins and heartbeats are not shown', () => {
  const beat = encodeFrame({
    type: 'heartbeat',
    sequence: 9,
    zip: false,
    snapshot: false,
    payload: Buffer.alloc(0),
  })
  const items = decodeAll(createLineDecoder(), [Buffer.concat([beat, ...frames, beat])])
  assert.deepEqual(faultsOf(items), [])
  assert.deepEqual(shownOf(items), expected)
})

test('a broken frame is reported with its offset and skipped, wherever the chunks are cut', () => {
  const [first, second, third] = frames as [Buffer, Buffer, Buffer]
  const flipped = Buffer.from(second)
  flipped[20]! ^= 1
  const long = Buffer.from(second)
  long.writeUInt32BE(60_000, 10)
  const at = first.length
  const cases: [Buffer, RegExp][] = [
    [flipped, new RegExp(`^stream offset ${at}: expected a frame with CRC`)],
    [
      long,
      new RegExp(`^stream offset ${at}: expected a whole frame, got ${long.length + third.length} bytes`),
    ],
    [second.subarray(0, 30), new RegExp(`^stream offset ${at}: expected a frame with CRC`)],
    [
      Buffer.from('it may be anything'),
      new RegExp(`^stream offset ${at}: expected a frame to start with 0x69746131`),
    ],
    [
      frame('news', 2, Buffer.of(0x81)),
      new RegExp(`^frame at stream offset ${at}: news frame 2: expected 3 fields, got 1 in "\ufffd"$`),
    ],
  ]
  for (const [broken, complaint] of cases) {
    const bytes = Buffer.concat([first, broken, third])
    const whole = decodeAll(createLineDecoder(), [bytes])
    assert.deepEqual(shownOf(whole), [expected[0], expected[2]])
    const [fault, ...others] = faultsOf(whole)
    assert.deepEqual(others, [])
    assert.match(fault!, complaint)
    for (const size of [1, 7, 50]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      )
      assert.deepEqual(decodeAll(createLineDecoder(), chunks), whole)
    }
  }
})

test('a broken message does not affect the messages around it', () => {
  const messages = [...openExchange(MARKET).advance(from + 10_000_000)].flatMap(event =>
    event.kind === 'message' ? [Buffer.from(event.bytes)] : [],
  )
  const [first, second, third] = messages as [Buffer, Buffer, Buffer]
  const broken = Buffer.from(second)
  broken.write('??', 41)
  const bytes = frame('prices', 5, Buffer.concat([first, broken, third]), true)
  const items = decodeAll(createLineDecoder(), [Buffer.concat([frames[0]!, bytes])])
  assert.deepEqual(
    shownOf(items).slice(1),
    [first, third].map(message => ({ ...decodeMessage(message), frame: 5 })),
  )
  assert.match(
    faultsOf(items).join('\n'),
    new RegExp(
      `^frame 5 at stream offset ${frames[0]!.length}, in its payload: message at offset ${first.length}: `,
    ),
  )
})
