import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LineBoards } from '../../../ingest-task/flex/line-boards.ts'
import { FlexError } from '../../../ingest-task/flex/read-digits.ts'
import { type ExchangeOptions, openExchange } from '../../../local/exchange/exchange.ts'
import { snapshotMessage } from '../../../local/exchange/flex.ts'
import { ABSENT, type Board, boardsEqual, copyBoard, F } from '../../../market/board.ts'
import { boardToJson } from '../../../market/board-to-json.ts'
import type { Tick } from '../../../market/tick.ts'
import { asTradingDate } from '../../../market/units.ts'
import { assertTrue, openTruth } from '../line-truth.ts'
import { doubtfulLineBoards, newLineBoards } from '../new-line-boards.ts'

const DATE = asTradingDate(20261120)
const HOUR = 3_600_000_000
const OPTIONS: ExchangeOptions = {
  seed: 5,
  issues: 30,
  rate: 200,
  tradingDate: DATE,
  from: 9 * HOUR - 5_000_000,
}
const UNTIL = 9 * HOUR + 20_000_000
/** Offset of the exchange's digit in a message. */
const EXCHANGE_AT = 21

const events = [...openExchange(OPTIONS).advance(UNTIL)].flatMap(event =>
  event.kind === 'message' && event.line === 1 ? [{ bytes: event.bytes, time: event.time }] : [],
)
const messages = events.map(({ bytes }) => bytes)

test('every message of an opening makes a tick with the true board, trade and time', () => {
  const ticks: Tick[] = []
  const boards = newLineBoards(1, DATE, tick => ticks.push({ ...tick, board: copyBoard(tick.board) }))
  boards.merge(Buffer.concat(messages))
  const facts = openTruth(OPTIONS).of(1, UNTIL)
  assert.equal(ticks.length, facts.length - 1)
  assert.ok(ticks.length > 500)
  assert.ok(ticks.some(({ trade }) => trade?.side === 'buy'))
  assertTrue(ticks, facts)
})

test('repeated messages change nothing, and a message after a gap is refused', () => {
  const ticks: number[] = []
  const boards = newLineBoards(1, DATE, tick => ticks.push(tick.sequence))
  boards.merge(Buffer.concat(messages.slice(0, 10)))
  boards.merge(Buffer.concat(messages.slice(4, 12)))
  assert.deepEqual(
    ticks,
    Array.from({ length: 12 }, (_, i) => i + 1),
  )
  assert.equal(boards.counts.repeats, 6)
  assert.throws(() => boards.merge(messages[13]!), /expected message 13 of line 1, got message 14/)
})

test('live messages follow a snapshot in the middle of the day without a gap', () => {
  const half = messages.length >> 1
  const exchange = openExchange(OPTIONS)
  const snapshot: Uint8Array[] = []
  for (const event of exchange.advance(UNTIL)) {
    if (event.kind !== 'message' || event.line !== 1 || event.sequence !== half) continue
    const issues = exchange.issues.filter(({ code }) => exchange.lineOf(code) === 1)
    snapshot.push(...issues.map(({ code }) => snapshotMessage(exchange.board(code)!, 1, half)))
    break
  }
  const ticks: Tick[] = []
  const boards = newLineBoards(1, DATE, tick => ticks.push({ ...tick, board: copyBoard(tick.board) }))
  boards.replace(Buffer.concat(snapshot))
  boards.endSnapshot()
  const whole = ticks.length
  assert.equal(whole, 10)
  // Some messages from before the end of the snapshot are repeated.
  boards.merge(Buffer.concat(messages.slice(half - 5)))
  assert.equal(boards.counts.repeats, 5)
  assert.equal(ticks.length, whole + messages.length - half)
  assertTrue(ticks.slice(whole), openTruth(OPTIONS).of(1, UNTIL))
})

/** Returns the message with another time, HHMMSSuuuuuu, in its ST. */
function withStatusTime(message: Uint8Array, time: string): Uint8Array {
  const text = Buffer.from(message).toString('latin1')
  const at = text.indexOf('\x13ST ') + 11
  return Buffer.from(text.slice(0, at) + time + text.slice(at + time.length), 'latin1')
}

const EARLY = '080000000000'
const SECOND_QUOTE = '\x13Q2'
const BLANK_TIME = ' '.repeat(EARLY.length)

test('a tick is never earlier than a time on its board, however early or blank its ST is', () => {
  for (const stated of [EARLY, BLANK_TIME]) {
    const ticks: Tick[] = []
    let arrival = 0
    const onTick = (tick: Tick): void => void ticks.push({ ...tick, board: copyBoard(tick.board) })
    const boards = doubtfulLineBoards(1, DATE, onTick, () => arrival)
    for (const { bytes, time } of events) {
      arrival = time
      boards.merge(withStatusTime(bytes, stated))
      assert.ok(ticks.at(-1)!.time <= arrival)
    }
    assert.equal(boards.counts.impossibleValues, 0)
    let traded = 0
    for (const { time, board } of ticks) {
      for (const field of [F.openTime, F.highTime, F.lowTime, F.lastTime, F.volumeTime, F.askTime, F.bidTime])
        assert.ok(board.values[field]! <= time)
      if (board.values[F.lastTime] === time) traded++
    }
    assert.ok(traded > 0)
  }
})

test('the times of deeper quotes count when ST has a blank time', () => {
  const deep = messages.find(message => Buffer.from(message).includes(SECOND_QUOTE))!
  const text = Buffer.from(withStatusTime(deep, BLANK_TIME)).toString('latin1')
  const at = text.indexOf(SECOND_QUOTE) + 1 + 4 + 17
  const changed = `${text.slice(0, at)}153000000001${text.slice(at + 12)}`
  const times: number[] = []
  newLineBoards(1, DATE, ({ time }) => times.push(time)).replace(Buffer.from(changed, 'latin1'))
  assert.deepEqual(times, [15.5 * HOUR + 1])
})

test('a snapshot is never earlier than its prices, also when ST has a blank time', () => {
  const exchange = openExchange(OPTIONS)
  for (const _ of exchange.advance(UNTIL));
  const boards = exchange.issues
    .filter(({ code }) => exchange.lineOf(code) === 1)
    .map(({ code }) => exchange.board(code)!)
  assert.ok(boards.some(({ values }) => values[F.lastTime] !== ABSENT))
  for (const stated of [EARLY, BLANK_TIME]) {
    const ticks: Tick[] = []
    const line = newLineBoards(1, DATE, tick => ticks.push({ ...tick, board: copyBoard(tick.board) }))
    for (const board of boards) line.replace(withStatusTime(snapshotMessage(board, 1, 1), stated))
    assert.equal(ticks.length, boards.length)
    for (const [index, { time, board }] of ticks.entries()) {
      const { values } = boards[index]!
      assert.ok(time >= Math.max(values[F.lastTime]!, values[F.askTime]!, values[F.bidTime]!))
      assert.equal(board.values[F.last], values[F.last])
    }
  }
})

const issueOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1', 28, 40).trim()

function boardNamed(boards: LineBoards, issue: string): Board {
  const found = [...boards.boards()].find(({ board }) => board.issue === issue)
  assert.ok(found !== undefined, `a board of ${issue}`)
  return found.board
}

test('a message with a changed byte has another value in the same layout or changes nothing', () => {
  const before = newLineBoards(1, DATE, () => {})
  before.merge(Buffer.concat(messages.slice(0, 400)))
  const boards = doubtfulLineBoards(1, DATE, () => {})
  boards.merge(Buffer.concat(messages.slice(0, 400)))
  const issue = Buffer.from(messages[400]!).toString('latin1', 28, 40).trim()
  fc.assert(
    fc.property(fc.nat(), fc.nat(255), (place, value) => {
      const bytes = Uint8Array.from(messages[400]!)
      bytes[place % bytes.length] = value
      try {
        // An old message is read to its end only as a part of a snapshot.
        doubtfulLineBoards(1, DATE, () => {}).replace(bytes)
      } catch (error) {
        assert.ok(error instanceof FlexError)
        // An impossible volume costs a live message only that volume.
        if (error.message.includes('expected a volume')) return
        assert.throws(() => boards.merge(bytes), FlexError)
        assert.ok(boardsEqual(boardNamed(boards, issue), boardNamed(before, issue)))
      }
    }),
  )
})

test('an error names the offset, the expected bytes and the bytes that came', () => {
  const boards = newLineBoards(1, DATE, () => {})
  const text = Buffer.from(messages[0]!).toString('latin1')
  const changed = (from: string, to: string) => () =>
    boards.merge(Buffer.from(text.replace(from, to), 'latin1'))
  assert.throws(changed('\x13ST  1', '\x13ST 1'), /expected a message of \d+ bytes/)
  assert.throws(changed('\x13ST ', '\x13SX '), /offset 52: expected a tag NO, ST, .*, got "SX"/)
  assert.throws(changed('\x11 ', '\x11x'), /offset 1: expected digits after blanks, got "x /)
  assert.throws(changed('00100000001', '00200000001'), /offset 7: expected channel 1, got "002"/)
  assert.throws(changed('\x12NO  ', '\x12NO 1x'), /expected/)
  assert.equal(boards.counts.ticks, 0)
  changed('', '')()
  assert.equal(boards.counts.ticks, 1)
})

test('messages of other exchanges make no tick: their boards of the issue are others', () => {
  const ticks: Tick[] = []
  const boards = newLineBoards(1, DATE, tick => ticks.push({ ...tick, board: copyBoard(tick.board) }))
  const elsewhere = Buffer.from(messages[1]!)
  elsewhere[EXCHANGE_AT] = '8'.charCodeAt(0)
  boards.merge(Buffer.concat([messages[0]!, elsewhere, messages[2]!]))
  assert.deepEqual(
    ticks.map(({ sequence }) => sequence),
    [1, 3],
  )
  assert.deepEqual([boards.reached, boards.counts.elsewhere, boards.counts.repeats], [3, 1, 0])
  boards.replace(elsewhere)
  assert.equal(ticks.length, 2)
  elsewhere[EXCHANGE_AT] = '7'.charCodeAt(0)
  assert.throws(() => boards.replace(elsewhere), /expected exchange 1, 3, 6 or 8, got "7"/)
})

test('an unreadable board of a snapshot stops the ticks of its issue only, until a whole board comes', () => {
  const ticks: Tick[] = []
  const boards = newLineBoards(1, DATE, tick => ticks.push({ ...tick, board: copyBoard(tick.board) }))
  const exchange = openExchange(OPTIONS)
  let last = 0
  for (const event of exchange.advance(9 * HOUR))
    if (event.kind === 'message' && event.line === 1) last = event.sequence
  const [bad, good] = exchange.issues
    .filter(({ code }) => exchange.lineOf(code) === 1)
    .map(({ code }) => exchange.board(code)!)
  const whole = (board: Board): Uint8Array => Uint8Array.from(snapshotMessage(board, 1, last))
  const broken = whole(bad!)
  // The name of the first tag, NO, is unreadable.
  broken[41] = '?'.charCodeAt(0)
  assert.throws(() => boards.replace(broken), FlexError)
  const spoiled: string[] = []
  boards.replace(Buffer.concat([broken, whole(good!)]), error => spoiled.push(error.message))
  boards.endSnapshot()
  assert.equal(spoiled.length, 1)
  assert.equal(boards.whole, false)
  const issuesOf = (): Set<string> => new Set(ticks.map(({ board }) => board.issue))
  assert.deepEqual(issuesOf(), new Set([good!.issue]))
  const live: Uint8Array[] = []
  for (const event of exchange.advance(UNTIL)) {
    if (event.kind === 'message' && event.line === 1) live.push(event.bytes)
  }
  boards.merge(Buffer.concat(live))
  assert.ok(!issuesOf().has(bad!.issue))
  assert.ok(boards.counts.lost > 0)
  assert.equal(boards.reached, last + live.length)
  boards.replace(Uint8Array.from(snapshotMessage(exchange.board(bad!.issue)!, 1, boards.reached)))
  const recovered = ticks.at(-1)!
  assert.equal(boards.whole, true)
  assert.deepEqual([recovered.board.issue, recovered.lost], [bad!.issue, true])
  assert.ok(boardsEqual(recovered.board, exchange.board(bad!.issue)!))
})

test('a counter far ahead in a snapshot costs its issue a board, and does not silence the line', () => {
  const ticks: Tick[] = []
  const boards = newLineBoards(1, DATE, tick => ticks.push({ ...tick, board: copyBoard(tick.board) }))
  boards.merge(Buffer.concat(messages.slice(0, 200)))
  const [one, other] = [...boards.boards()].map(({ board }) => copyBoard(board))
  const snapshot = Buffer.concat([snapshotMessage(one!, 1, 99_999_999), snapshotMessage(other!, 1, 200)])
  assert.throws(() => boards.replace(snapshot), /expected a counter up to 5000200, got message 99999999/)
  const errors: string[] = []
  boards.replace(snapshot, ({ reason }) => errors.push(reason))
  boards.endSnapshot()
  assert.deepEqual(errors, ['expected a counter up to 5000200, got message 99999999'])
  assert.deepEqual([boards.reached, boards.whole], [200, false])
  ticks.length = 0
  boards.merge(Buffer.concat(messages.slice(200, 300)))
  const expected = messages.slice(200, 300).filter(bytes => issueOf(bytes) !== one!.issue)
  assert.equal(ticks.length, expected.length)
  boards.replace(snapshotMessage(one!, 1, 300))
  assert.ok(boards.whole)
})

test('issues without a message since the restart stay among the boards of key frames', () => {
  const before = newLineBoards(1, DATE, () => {})
  before.merge(Buffer.concat(messages.slice(0, 400)))
  const published = [...before.boards()].map(tick => ({ ...tick, board: copyBoard(tick.board) }))
  assert.ok(published.length > 5)
  const ticks: Tick[] = []
  const after = newLineBoards(1, DATE, tick => ticks.push(tick), {
    boards: published,
    last: 400,
    lost: 0,
    floor: () => 400,
  })
  assert.deepEqual([...after.boards()], published)
  after.merge(messages[400]!)
  const changed = ticks[0]!.board.issue
  const others = (boards: Iterable<Tick>): Tick[] =>
    [...boards].filter(({ board }) => board.issue !== changed)
  assert.deepEqual(others(after.boards()), others(published))
  assert.equal([...after.boards()].length, published.length)
  assert.ok(after.whole)
})

test('messages of one byte are ignored', () => {
  const boards = newLineBoards(1, DATE, () => {})
  const lone = Uint8Array.of(0x11)
  boards.merge(Buffer.concat([lone, messages[0]!, lone, lone, messages[1]!, lone]))
  assert.equal(boards.counts.ticks, 2)
})

const SAMPLE = process.env.ITASTREAM_FLEX_SAMPLE
if (SAMPLE !== undefined && existsSync(SAMPLE)) {
  test('sample messages of the exchange are read', () => {
    const sample = readFileSync(SAMPLE)
    const issues = [
      { line: 3, bytes: sample.subarray(0, 1295), issue: '1234' },
      { line: 2, bytes: sample.subarray(1295), issue: '9876' },
    ]
    const [first, second] = issues.map(({ line, bytes, issue }) => {
      const boards = newLineBoards(line, DATE, () => {})
      // One of the samples is of Sapporo, whose messages have the same layout.
      bytes[EXCHANGE_AT] = '1'.charCodeAt(0)
      boards.replace(bytes)
      return boardToJson({ tradingDate: DATE, line, sequence: 1, time: 0, board: boardNamed(boards, issue) })
    })
    for (const point of [first!.open, first!.high, first!.low, first!.last]) assert.equal(point?.price, 2038)
    assert.deepEqual([first!.volume, first!.turnover, first!.vwap], [159_700, 325_468_600, 2038])
    assert.deepEqual(
      [first!.asks[0], first!.bids[0]],
      [
        [2039, 900],
        [2038, 9300],
      ],
    )
    assert.deepEqual([first!.over, first!.under], [701_200, 823_600])
    assert.deepEqual([second!.last?.price, second!.volume], [1994, 1400])
  })
}
