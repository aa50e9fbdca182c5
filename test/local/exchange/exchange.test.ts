import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import iconv from 'iconv-lite'
import { type ExchangeOptions, openExchange } from '../../../local/exchange/exchange.ts'
import type { ExchangeEvent } from '../../../local/exchange/exchange-event.ts'
import { dayHoursOf, HOUR, MINUTE, SECOND } from '../../../local/exchange/hours.ts'
import { type Board, boardsEqual, emptyBoard, F } from '../../../market/board.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { phasesOf } from '../../../market/phase.ts'
import { asTradingDate } from '../../../market/units.ts'
import { readFlexMessage } from './flex-reader.ts'

const OPTIONS: ExchangeOptions = {
  seed: 5,
  issues: 40,
  rate: 20,
  tradingDate: asTradingDate(20261120),
  from: 9 * HOUR,
}
const at = (hour: number, minute: number): number => hour * HOUR + minute * MINUTE

/** Returns an event as text. The board of an event changes later, so it is read now. */
function digest(events: Iterable<ExchangeEvent>): string {
  const hash = createHash('sha256')
  for (const event of events) {
    if (event.kind === 'message') {
      hash.update(event.bytes)
      hash.update(event.board.values)
      hash.update(JSON.stringify([event.line, event.sequence, event.time, event.issue, event.trade]))
    } else hash.update(JSON.stringify(event))
  }
  return hash.digest('hex')
}

test('equal options give equal events, whatever the steps of `advance`', () => {
  const end = OPTIONS.from + 3 * MINUTE
  const whole = digest(openExchange(OPTIONS).advance(end))
  const exchange = openExchange(OPTIONS)
  function* inSteps(): Iterable<ExchangeEvent> {
    for (let time = OPTIONS.from; time < end; time += 7 * SECOND + 1) yield* exchange.advance(time)
    // A reader that stops in the middle receives the rest from the next call.
    for (const event of exchange.advance(end)) {
      yield event
      break
    }
    yield* exchange.advance(end)
  }
  assert.equal(digest(inSteps()), whole)
  assert.notEqual(digest(openExchange({ ...OPTIONS, seed: 6 }).advance(end)), whole)
})

test('each line starts with its issues and the phase, and counts its messages without gaps', () => {
  const exchange = openExchange({ ...OPTIONS, from: at(10, 0) })
  const sequences = new Map<number, number>()
  const opening: string[] = []
  let latest = 0
  for (const event of exchange.advance(at(10, 5))) {
    assert.ok(event.time >= latest && event.time >= at(10, 0) && event.time <= at(10, 5))
    latest = event.time
    if (event.kind !== 'message') {
      if (event.kind !== 'news') opening.push(`${event.kind} ${event.line}`)
      if (event.kind === 'issues') {
        const expected = exchange.issues.filter(({ code }) => exchange.lineOf(code) === event.line)
        assert.deepEqual(event.issues, expected)
      }
      continue
    }
    assert.equal(opening.length, 6, 'master and phase come before the first message')
    assert.equal(event.line, exchange.lineOf(event.issue))
    assert.equal(event.sequence, (sequences.get(event.line) ?? 0) + 1)
    sequences.set(event.line, event.sequence)
  }
  assert.deepEqual(opening, ['issues 1', 'issues 2', 'issues 3', 'phase 1', 'phase 2', 'phase 3'])
  assert.deepEqual([...sequences.keys()].sort(), [1, 2, 3])
})

test('a reader of the messages has the true board after each message, from the first on', () => {
  const boards = new Map<string, Board>()
  const exchange = openExchange(OPTIONS)
  for (const event of exchange.advance(OPTIONS.from + 10 * MINUTE)) {
    if (event.kind !== 'message') continue
    const isFirst = !boards.has(event.issue)
    const board = boards.get(event.issue) ?? emptyBoard(event.issue)
    boards.set(event.issue, board)
    const message = readFlexMessage(event.bytes, board)
    assert.deepEqual(
      [message.line, message.sequence, message.issue],
      [event.line, event.sequence, event.issue],
    )
    if (isFirst) assert.equal(message.tags.length, 18, 'a whole board')
    assert.ok(boardsEqual(board, event.board), `${event.issue} ${event.sequence}`)
    assert.equal(board.values[F.statusTime], event.time)
    assert.equal(exchange.board(event.issue), event.board)
  }
  assert.equal(boards.size, OPTIONS.issues, 'every issue has been seen')
})

test('a start in the afternoon has the opens and volumes of the morning', () => {
  const exchange = openExchange({ ...OPTIONS, from: at(13, 0) })
  const seen = new Set<string>()
  for (const event of exchange.advance(at(13, 0) + 2 * SECOND))
    if (event.kind === 'message') seen.add(event.issue)
  assert.equal(seen.size, OPTIONS.issues)
  let opened = 0
  for (const { code } of exchange.issues) {
    const values = exchange.board(code)!.values
    if (values[F.open]! > 0 && values[F.openTime]! < at(13, 0) && values[F.volume]! > 0) opened++
  }
  assert.ok(opened > OPTIONS.issues * 0.9, `${opened} issues have opened`)
})

test('every line carries the phases at their times, before and after the close moved to 15:30', () => {
  for (const tradingDate of [20241101, 20261120]) {
    const exchange = openExchange({
      ...OPTIONS,
      issues: 3,
      rate: 1,
      tradingDate: asTradingDate(tradingDate),
      from: 0,
    })
    const told = [...exchange.advance(24 * HOUR)].flatMap(event => (event.kind === 'phase' ? [event] : []))
    const expected = phasesOf(RULES.hoursOf(asTradingDate(tradingDate))).flatMap(({ phase, time }) =>
      [1, 2, 3].map(line => ({ kind: 'phase' as const, line, time, phase })),
    )
    assert.deepEqual(told, expected)
  }
})

test('no event follows after the day', () => {
  const exchange = openExchange({ ...OPTIONS, from: at(15, 20) })
  const close = dayHoursOf(OPTIONS.tradingDate).close
  for (const event of exchange.advance(24 * HOUR)) {
    if (event.kind === 'message') assert.ok(event.time < close + 10 * SECOND)
  }
  assert.deepEqual([...exchange.advance(24 * HOUR)], [])
})

test('the rate is ticks a second in a calm hour, and the fill has a rate of its own', () => {
  const count = (events: Iterable<ExchangeEvent>): number => {
    let messages = 0
    for (const event of events) if (event.kind === 'message') messages++
    return messages
  }
  const from = at(10, 30)
  const exchange = openExchange({ ...OPTIONS, rate: 300, from, fill: { until: from + MINUTE, rate: 30 } })
  const filled = count(exchange.advance(from + MINUTE - 1))
  const live = count(exchange.advance(from + 2 * MINUTE))
  assert.ok(Math.abs(filled / 60 - 30) < 6, `fill: ${filled / 60} a second`)
  assert.ok(Math.abs(live / 60 - 300) < 45, `live: ${live / 60} a second`)
})

test('busy issues have many times the messages of quiet issues', () => {
  const messages = new Map<string, number>()
  for (const event of openExchange({ ...OPTIONS, issues: 400, rate: 200 }).advance(at(9, 5))) {
    if (event.kind === 'message') messages.set(event.issue, (messages.get(event.issue) ?? 0) + 1)
  }
  const counts = [...messages.values()].sort((a, b) => b - a)
  const share = (part: number[]): number => part.reduce((sum, n) => sum + n, 0)
  assert.ok(share(counts.slice(0, 40)) > share(counts.slice(200)) * 1.5)
  assert.equal(counts[0], messages.get('7203'))
})

test('news is Japanese text in Windows-31J about listed issues', () => {
  const exchange = openExchange({ ...OPTIONS, issues: 10, rate: 1, from: at(8, 0) })
  const codes = new Set(exchange.issues.map(({ code }) => code))
  const news = [...exchange.advance(24 * HOUR)].flatMap(event => (event.kind === 'news' ? [event] : []))
  assert.ok(news.length > 100)
  for (const { headline, issues } of news) {
    assert.equal(iconv.decode(iconv.encode(headline, 'windows-31j'), 'windows-31j'), headline)
    for (const issue of issues) assert.ok(codes.has(issue) && headline.includes(issue))
  }
})

test('bad options are all named in one error', () => {
  const wrong = {
    seed: 0.5,
    issues: 0,
    rate: 0,
    tradingDate: asTradingDate(1),
    from: -1,
    fill: { until: -2, rate: 0 },
  }
  for (const name of ['seed', 'issues', 'rate', 'tradingDate', 'from', 'fill.until', 'fill.rate']) {
    assert.throws(() => openExchange(wrong), new RegExp(`${name}: expected`))
  }
  assert.throws(() => openExchange(OPTIONS).lineOf('9999'), /issue "9999" is not listed/)
})
