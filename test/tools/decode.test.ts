import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { openExchange } from '../../local/exchange/exchange.ts'
import { emptyBoard } from '../../market/board.ts'
import { boardToJson } from '../../market/board-to-json.ts'
import { asTradingDate } from '../../market/units.ts'
import { createMessageDecoder } from '../../tools/decode/flex-messages.ts'
import { readFlexMessage } from '../local/exchange/flex-reader.ts'
import { decodeAll, faultsOf, shownOf } from './decoding.ts'

const MAIN = join(import.meta.dirname, '../../tools/decode/decode-main.ts')
const HOUR = 3_600_000_000
const MARKET = {
  seed: 3,
  issues: 30,
  rate: 200,
  tradingDate: asTradingDate(20261120),
  from: 9 * HOUR - 5_000_000,
}
const UNTIL = 9 * HOUR + 5_000_000

const events = [...openExchange(MARKET).advance(UNTIL)].filter(event => event.kind === 'message')
const messages = events.map(({ bytes }) => Buffer.from(bytes))
const decode = (...chunks: readonly Buffer[]) => decodeAll(createMessageDecoder(), chunks)
const decoded = shownOf(decode(Buffer.concat(messages)))

/** Members of a board by the tag that carries them, without levels. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  NO: ['updateNumber'],
  ST: ['status'],
  '4P': ['last', 'open', 'high', 'low'],
  Q1: ['bestAsk', 'bestBid'],
  QM: ['marketSell', 'marketBuy'],
  QO: ['over', 'under'],
  VL: ['volume', 'volumeTime'],
  VA: ['turnover'],
  VW: ['vwap'],
}

/** Returns times without their date, and without microseconds for tags that carry none. */
const plainTimes = (json: unknown): Record<string, unknown> =>
  JSON.parse(
    JSON.stringify(json).replaceAll(
      /"(?:[\d-]+T)?(\d\d:\d\d:\d\d)(\.\d{6})?(?:\+09:00)?"/g,
      (_, time, micros) =>
        JSON.stringify(micros === '.000000' || micros === undefined ? time : time + micros),
    ),
  )

test('every message of an opening shows the fields of its tags as on the true board, and no others', () => {
  assert.equal(decoded.length, events.length)
  assert.ok(events.length > 1000)
  let partial = 0
  for (const [index, { bytes, line, sequence, issue, time }] of events.entries()) {
    const board = emptyBoard(issue)
    const { tags } = readFlexMessage(bytes, board)
    const truth = boardToJson({ tradingDate: MARKET.tradingDate, line, sequence, time, board })
    const carried = new Set(tags.flatMap(tag => MEMBERS[tag] ?? []))
    const members = Object.entries(truth).filter(([name]) => carried.has(name))
    const levels = (['asks', 'bids'] as const).flatMap(side => {
      const found = truth[side].filter(level => level !== null)
      return found.length === 0 ? [] : [[side, found] as const]
    })
    const { askLevels: _, bidLevels: __, ...shown } = decoded[index]!
    assert.deepEqual(
      plainTimes(shown),
      plainTimes({
        seq: sequence,
        channel: line,
        exchange: 'T',
        issue,
        ...Object.fromEntries([...members, ...levels]),
      }),
    )
    if (tags.length < 10) partial++
  }
  assert.ok(partial > 100, `${partial} messages with few tags`)
})

test('members have a fixed order, and times the form of the feed', () => {
  const text = JSON.stringify(decoded.find(({ last }) => last !== undefined))
  assert.match(
    text,
    /^\{"seq":\d+,"channel":\d,"exchange":"T","issue":"\w+","last":\{"price":[\d.]+,"time":"09:00:\d\d\.\d{6}"\},"open":\{"price":[\d.]+,"time":"09:00:\d\d"\},"high":\{.*?\},"low":\{.*?\},"volume":\d+,"turnover":\d+,"vwap":[\d.]+,/,
  )
  const whole = JSON.stringify(decoded.find(({ asks, over }) => asks !== undefined && over !== undefined))
  assert.match(
    whole,
    /"asks":\[\[[\d.]+,\d+\],.*"bids":\[\[.*"over":\d+,"under":\d+,.*"updateNumber":\d+,"status":/,
  )
})

test('levels other than the first ones carry their numbers', () => {
  const gapped = decoded.filter(({ askLevels }) => askLevels !== undefined)
  assert.ok(gapped.length > 0)
  for (const { asks, askLevels } of gapped) {
    assert.equal((askLevels as number[]).length, (asks as number[][]).length)
    assert.notEqual((askLevels as number[]).at(-1), (askLevels as number[]).length)
  }
})

test('the borders of chunks do not change the output, also with broken messages', () => {
  const some = messages.slice(0, 40)
  const bytes = Buffer.concat([
    ...some.slice(0, 20),
    changed(some[20]!, 41, 'ZZ'),
    Buffer.from('noise'),
    some[20]!.subarray(0, 300),
    ...some.slice(20),
  ])
  const whole = decode(bytes)
  assert.ok(faultsOf(whole).length > 0)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), sizes => {
      const chunks: Buffer[] = []
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const end = at + sizes[i % sizes.length]!
        chunks.push(bytes.subarray(at, end))
        at = end
      }
      assert.deepEqual(decode(...chunks), whole)
    }),
  )
})

/** Ways to break a message so that it cannot be read. */
const DAMAGES: Readonly<Record<string, (message: Buffer) => Buffer>> = {
  cut: message => message.subarray(0, message.length >> 1),
  'a byte lost': message => Buffer.concat([message.subarray(0, 60), message.subarray(61)]),
  'a byte too many': message =>
    Buffer.concat([message.subarray(0, 60), Buffer.from('0'), message.subarray(60)]),
  'too long a length': message => changed(message, 1, '  4000'),
  'no length': message => changed(message, 1, '      '),
  'no counter': message => changed(message, 10, 'XXXXXXXX'),
  'an unknown exchange': message => changed(message, 21, '9'),
  'no issue': message => changed(message, 28, '            '),
  'an unknown tag': message => changed(message, 41, 'ZZ'),
  'no start': message => changed(message, 0, '?'),
}

function changed(message: Buffer, at: number, text: string): Buffer {
  const copy = Buffer.from(message)
  copy.write(text, at, 'latin1')
  return copy
}

for (const [name, damage] of Object.entries(DAMAGES)) {
  test(`a message with ${name} is reported with its offset, and the messages around it are shown`, () => {
    const before = messages.slice(0, 5)
    const after = messages.slice(6, 9)
    const items = decode(Buffer.concat([...before, damage(messages[5]!), ...after]))
    assert.deepEqual(shownOf(items), [...decoded.slice(0, 5), ...decoded.slice(6, 9)])
    const [fault, ...others] = faultsOf(items)
    assert.deepEqual(others, [])
    const offset = Buffer.concat(before).length
    assert.match(fault!, new RegExp(`^message at offset ${offset}: expected .*, got .*`))
  })
}

test('adjacent broken messages are reported separately, including the last of the file', () => {
  const broken = Object.keys(DAMAGES).filter(name => !/cut|lost|many|length|start/.test(name))
  const bytes = broken.map((name, index) => DAMAGES[name]!(messages[index]!))
  const items = decode(messages[20]!, ...bytes)
  assert.deepEqual(shownOf(items), [decoded[20]])
  assert.equal(faultsOf(items).length, broken.length)
  const tag = DAMAGES['an unknown tag']!(messages[3]!)
  assert.deepEqual(faultsOf(decode(tag)), faultsOf(decode(tag.subarray(0, 60), tag.subarray(60))))
  assert.equal(faultsOf(decode(tag)).length, 1)
})

test('a message cut off by the end of the file is reported; a message of one byte is ignored', () => {
  const cut = messages[1]!.subarray(0, 200)
  assert.deepEqual(faultsOf(decode(messages[0]!, cut)), [
    `message at offset ${messages[0]!.length}: expected a message of ${messages[1]!.length} bytes, got 200 bytes`,
  ])
  const lone = Buffer.of(0x11)
  assert.deepEqual(
    decode(lone, messages[0]!, lone, lone, messages[1]!, lone),
    decode(messages[0]!, messages[1]!),
  )
})

const run = (args: readonly string[], input: Buffer = Buffer.alloc(0)) =>
  spawnSync(process.execPath, [MAIN, ...args], { input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })

test('decode reads a file or standard input, and its exit code tells whether all bytes were readable', t => {
  const folder = mkdtempSync(join(tmpdir(), 'itastream-decode-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'messages.bin')
  const bytes = Buffer.concat(messages)
  writeFileSync(file, bytes)
  const lines = `${decoded.map(shown => JSON.stringify(shown)).join('\n')}\n`
  for (const { stdout, stderr, status } of [run([file]), run(['-'], bytes)]) {
    assert.deepEqual({ stderr, status }, { stderr: '', status: 0 })
    assert.ok(stdout === lines)
  }
  const broken = run(['-'], Buffer.concat([Buffer.from('noise'), messages[0]!]))
  assert.equal(broken.status, 1)
  assert.equal(broken.stdout, `${JSON.stringify(decoded[0])}\n`)
  assert.equal(broken.stderr, 'decode: message at offset 0: expected a message to start with 0x11, got "n"\n')
})

test('decode reports unusable options or files in one line', () => {
  for (const args of [['/nowhere/messages.bin'], [tmpdir()], [], ['a', 'b'], ['--colour', '-']]) {
    const { stdout, stderr, status } = run(args)
    assert.deepEqual({ stdout, status }, { stdout: '', status: 2 }, args.join(' '))
    assert.match(stderr, /^decode: .+\n$/)
  }
  assert.match(run(['--help']).stdout, /^Shows FLEX Standard messages/)
})

test('decode ends silently when the reader closes the pipe', async () => {
  const child = spawn(process.execPath, [MAIN, '-'])
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString()
  })
  child.stdin.on('error', () => {})
  child.stdout.once('data', () => child.stdout.destroy())
  const feed = (): void => {
    while (child.stdin.writable && child.stdin.write(messages[0]!));
  }
  child.stdin.on('drain', feed)
  feed()
  const [code] = await once(child, 'close')
  assert.deepEqual([code, complaint], [0, ''])
})
