import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { BarInterval } from '../../market/bar-times.ts'
import { boardToJson } from '../../market/board-to-json.ts'
import { momentOf, momentToIso } from '../../market/moment.ts'
import type { ProblemCode } from '../../market/problem-document.ts'
import type { Tick } from '../../market/tick.ts'
import { addMicros, asTradingDate, type EpochMicros } from '../../market/units.ts'
import { barsIn } from '../../prices/bars-answer.ts'
import { boardAsOf, boardsAsOf } from '../../prices/boards-answer.ts'
import { DELAY_MICROSECONDS } from '../../prices/cut.ts'
import { dayAsOf, daysAsOf } from '../../prices/days-answer.ts'
import type { PriceSource } from '../../prices/price-source.ts'
import { ticksOf, tradesOf } from '../../prices/ticks-answer.ts'
import { recordsOf, store } from '../functions/store-ticks/batch-delivery.ts'
import { envelopesOf, MORNING, sampleTicks, TRADING_DATE } from '../functions/stored-market.ts'
import { addTicksTable, startTables, type Tables } from '../functions/tables.ts'
import { sourceAt } from './standing-source.ts'

const MINUTE = 60_000_000
const DAY = 24 * 60 * MINUTE
const ALL = { from: undefined, to: undefined, limit: 40, after: undefined }

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

const at = (minutes: number): EpochMicros => addMicros(momentOf(TRADING_DATE, MORNING), minutes * MINUTE)
const refused = (code: ProblemCode, message = /./) => ({ name: 'Problem', code, message })

async function storeTicks(ticks: readonly Tick[]) {
  const table = await addTicksTable(tables)
  await store(table, recordsOf(envelopesOf([ticks])))
  return table
}

/** Returns the source with a list of issues that has only `listed`. */
const withListed = (source: PriceSource, ...listed: string[]): PriceSource => ({
  ...source,
  isListed: async issue => listed.includes(issue),
})

test('a moment after the cut is refused with the youngest moment, a moment after now as a future time', async () => {
  const now = at(30)
  const source = sourceAt(await storeTicks([]), 'everybody', now)
  const youngest = momentToIso(addMicros(now, -DELAY_MICROSECONDS))
  const answersAt = (time: string) => [
    boardAsOf(source, '7203', time),
    boardsAsOf(source, ['7203'], time),
    ticksOf(source, { ...ALL, issue: '7203', to: time }),
    tradesOf(source, { ...ALL, issue: '7203', to: time }),
    barsIn(source, { issue: '7203', from: undefined, to: time, interval: '1m' }),
    dayAsOf(source, '7203', time),
    daysAsOf(source, ['7203'], time),
  ]
  for (const young of [addMicros(now, 1 - DELAY_MICROSECONDS), now]) {
    for (const answer of answersAt(momentToIso(young)))
      await assert.rejects(answer, { ...refused('too-recent'), members: { youngest } })
  }
  for (const answer of answersAt(momentToIso(addMicros(now, 1))))
    await assert.rejects(answer, refused('future-time'))
  assert.equal((await boardAsOf(source, '7203', youngest)).stamp.asOf, youngest)
})

test('a text that is no time is refused', async () => {
  const source = sourceAt(await storeTicks([]), 'everybody', at(0))
  await assert.rejects(
    boardAsOf(source, '7203', 'now'),
    refused('bad-time', /^at: expected an ISO 8601 time .* got "now"$/),
  )
})

test('a range of ticks is within one trading date; a range of bars has a limit of days by interval', async () => {
  const source = sourceAt(await storeTicks([]), 'everybody', at(60))
  const ticks = (from: string, to?: string) => ticksOf(source, { ...ALL, issue: '7203', from, to })
  const bars = (from: string, interval: BarInterval) =>
    barsIn(source, { issue: '7203', from, to: undefined, interval })
  await assert.rejects(ticks('2026-11-19T09:00:00Z'), refused('range-too-long', /from 2026-11-20T00:00/))
  await assert.rejects(ticks('2026-11-20T09:30:00+09:00', '2026-11-20T09:29:00+09:00'), refused('bad-range'))
  // A start on a closed day is after the last trading date, and within the range.
  const sunday = sourceAt(await storeTicks(sampleTicks(40)), 'everybody', addMicros(at(0), 2 * DAY))
  const { data } = await ticksOf(sunday, { ...ALL, issue: '7203', from: '2026-11-22T00:00:00+09:00' })
  assert.deepEqual(data, { ticks: [] })

  for (const [interval, days] of [
    ['1m', 31],
    ['5m', 93],
    ['15m', 366],
    ['1h', 366],
    ['1d', 3_653],
  ] as const) {
    const cut = addMicros(at(60), -DELAY_MICROSECONDS)
    const { next: _, ...page } = (await bars(momentToIso(addMicros(cut, -days * DAY)), interval)).data
    assert.deepEqual(page, { interval, bars: [] })
    await assert.rejects(
      bars(momentToIso(addMicros(cut, -days * DAY - 1)), interval),
      refused('range-too-long', new RegExp(`up to ${days} days`)),
    )
  }
})

test('the board is null before the first tick of the day, and that of the last trading date on a closed day', async () => {
  const ticks = sampleTicks(30)
  const table = await storeTicks(ticks)
  const boardOf = async (moment: EpochMicros) =>
    (await boardAsOf(sourceAt(table, 'everybody', moment), '7203', undefined)).data.board
  assert.equal(await boardOf(at(-60)), null)
  const last = ticks.findLast(tick => tick.board.issue === '7203')!
  assert.deepEqual(await boardOf(momentOf(asTradingDate(20261122), MORNING)), boardToJson(last))
  assert.equal(await boardOf(momentOf(asTradingDate(20261124), MORNING)), null)
})

test('a cursor continues the ticks of its own issue and trading date, and is empty after the end', async () => {
  const source = sourceAt(
    await storeTicks(sampleTicks(40)),
    'everybody',
    addMicros(at(60), DELAY_MICROSECONDS),
  )
  const request = { ...ALL, issue: '6758', limit: 2 }
  const { data } = await ticksOf(source, request)
  assert.match(data.next ?? '', /^6758-20261120-\d+-\d+$/)
  const continued = async (after: string | undefined, range: { from?: string; to?: string } = {}) =>
    (await ticksOf(source, { ...request, ...range, after })).data.ticks

  assert.deepEqual(await continued(data.next, { to: data.ticks[0]!.time }), [])
  // A cursor before the start of the range does not move the start.
  const rest = (await ticksOf(source, { ...ALL, issue: '6758' })).data.ticks.slice(2)
  const later = rest.findIndex(({ time }) => time > rest[1]!.time)
  const from = rest[later]!.time
  assert.deepEqual(await continued(data.next, { from }), rest.slice(later, later + 2))
  for (const after of ['6758-20261120-86399999999-1', '6758-20261120-99999999999-999999999'])
    assert.deepEqual(await continued(after), [], after)
  for (const after of ['6758-20261119-32400000000-1', '6758-00000000-0-0', '7203-20261120-0-0'])
    await assert.rejects(
      continued(after),
      refused('bad-parameter', /after: .* for 6758 on 20261120, the trading date of the range, got "/),
    )
  for (const after of [
    'x',
    '20261120-32400000000-1',
    '6758-20261120-1',
    '6758-20261120--1-1',
    ` ${data.next}`,
  ])
    await assert.rejects(
      continued(after),
      refused('bad-parameter', /after: expected the "next" of an answer, got "/),
    )
})

test('a page has the entries up to its limit, and the next page continues after them', async () => {
  const source = sourceAt(
    await storeTicks(sampleTicks(60)),
    'everybody',
    addMicros(at(60), DELAY_MICROSECONDS),
  )
  const request = { ...ALL, issue: '7203', limit: 100 }
  const ticks = await ticksOf(source, request)
  const trades = await tradesOf(source, request)
  assert.ok(trades.data.trades.length > 6 && trades.data.next === undefined)
  const [some, rest] = [{ ...request, limit: 3 }, trades.data.trades.length - 3]
  const page = await ticksOf(source, some)
  assert.deepEqual(page.data.ticks, ticks.data.ticks.slice(0, 3))
  const first = await tradesOf(source, some)
  assert.deepEqual(first.data.trades, trades.data.trades.slice(0, 3))
  const second = await tradesOf(source, { ...some, limit: rest, after: first.data.next })
  assert.deepEqual(second.data.trades, trades.data.trades.slice(3))
})

test('a time outside the trading calendar is refused in every parameter', async () => {
  const source = sourceAt(await storeTicks([]), 'everybody', at(0))
  const bad = (parameter: string) => refused('bad-time', new RegExp(`^${parameter}: `))
  for (const text of ['1969-12-31T12:00:00+09:00', '1970-01-01T00:00:00+09:00', '0000-01-01T00:00:00Z']) {
    await assert.rejects(boardAsOf(source, '7203', text), bad('at'), text)
    for (const [parameter, range] of Object.entries({
      from: { ...ALL, issue: '7203', from: text },
      to: { ...ALL, issue: '7203', to: text },
    })) {
      await assert.rejects(barsIn(source, { ...range, interval: '1m' }), bad(parameter), text)
      await assert.rejects(ticksOf(source, range), bad(parameter), text)
    }
  }
  for (const text of ['2051-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])
    await assert.rejects(boardAsOf(source, '7203', text), bad('at'), text)
})

test('an issue that is not listed and has no ticks is unknown; a list answer names it as unknown', async () => {
  const ticks = sampleTicks(40)
  const source = withListed(sourceAt(await storeTicks(ticks), 'everybody', at(600)), '1301')
  const single = (issue: string) => [
    boardAsOf(source, issue, undefined),
    ticksOf(source, { ...ALL, issue }),
    tradesOf(source, { ...ALL, issue }),
    barsIn(source, { issue, from: undefined, to: undefined, interval: '1d' }),
    dayAsOf(source, issue, undefined),
  ]
  const unknown = { ...refused('unknown-issue'), members: { issue: '9999' } }
  await Promise.all(single('9999').map(answer => assert.rejects(answer, unknown)))
  // An issue is known if it is listed or has ticks, even without ticks in the range.
  for (const issue of ['1301', '7203']) await Promise.all(single(issue))
  const early = { ...ALL, issue: '7203', to: '2026-11-20T08:00:00+09:00' }
  await assert.rejects(ticksOf(source, early), refused('unknown-issue'))
  const late = await ticksOf(source, { ...ALL, issue: '7203', from: '2026-11-20T18:00:00+09:00' })
  assert.deepEqual(late.data, { ticks: [] })

  const { data } = await boardsAsOf(source, ['9999', '7203', '1301', '9998'], undefined)
  assert.deepEqual([data.boards.map(({ issue }) => issue), data.unknown], [['7203'], ['9999', '9998']])
  const days = await daysAsOf(source, ['9999', '1301'], undefined)
  assert.deepEqual(days.data, {
    days: [{ issue: '1301', date: '2026-11-20', state: 'closed' }],
    unknown: ['9999'],
  })
})

test('a date whose ticks are partly deleted is refused, with the number of days for which ticks are kept', async () => {
  const source = sourceAt(await storeTicks(sampleTicks(40)), 'everybody', at(600))
  const gone = addMicros(momentOf(TRADING_DATE, 0), 31 * DAY)
  const last = sourceAt(source.ticks, 'everybody', gone)
  const later = sourceAt(source.ticks, 'everybody', addMicros(gone, 1))
  const then = momentToIso(at(500))
  const range = { ...ALL, issue: '7203', to: then }
  assert.notEqual((await boardAsOf(last, '7203', then)).data.board, null)
  for (const answer of [
    boardAsOf(later, '7203', then),
    boardsAsOf(later, ['7203'], then),
    ticksOf(later, range),
    tradesOf(later, range),
  ]) {
    await assert.rejects(answer, refused('bad-time', /^(at|to): expected a time of the last 31 days, /))
  }
  // Without a named moment nothing is refused, even if the last trading date is no longer kept.
  const long = {
    ...sourceAt(source.ticks, 'everybody', momentOf(asTradingDate(20261123), MORNING)),
    keepDays: 2,
  }
  assert.equal((await boardAsOf(long, '7203', undefined)).data.board, null)
  assert.deepEqual((await ticksOf(long, { ...ALL, issue: '7203' })).data, { ticks: [] })
})
