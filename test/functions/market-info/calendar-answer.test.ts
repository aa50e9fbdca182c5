import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import fc from 'fast-check'
import { calendarAnswer } from '../../../functions/market-info/calendar-answer.ts'
import { Calendar, RULES } from '../../../market/calendar/calendar.ts'
import { momentOf } from '../../../market/moment.ts'
import { asTradingDate, type EpochMicros } from '../../../market/units.ts'
import { writeExceptions } from '../../../tables/control/calendar-item.ts'
import { calendars } from '../../market/calendar/random-calendar.ts'
import { getRequest, lambdaContext } from '../invoke.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const HOUR = 3_600_000_000
const nowAt = (date: number, hour: number): EpochMicros => momentOf(asTradingDate(date), hour * HOUR)
const FRIDAY_EVENING = nowAt(20261120, 20)

suite('the answer of the calendar', () => {
  const ask = (from?: string, to?: string, now = FRIDAY_EVENING, calendar = RULES) =>
    calendarAnswer(calendar, now, { from, to })
  const datesOf = (...range: readonly [string?, string?]): unknown[] => {
    const { days } = ask(...range)
    return [days.length, days[0]?.date, days.at(-1)?.date]
  }

  test('has the phase of now by the calendar, and the next opening', () => {
    const shown = (now: EpochMicros, calendar = RULES) => {
      const { phase, nextOpening } = ask(undefined, undefined, now, calendar)
      return [phase, nextOpening.slice(0, 16)]
    }
    assert.deepEqual(shown(nowAt(20261120, 8)), ['order-acceptance', '2026-11-20T09:00'])
    assert.deepEqual(shown(nowAt(20261120, 9)), ['morning', '2026-11-24T09:00'])
    assert.deepEqual(shown(FRIDAY_EVENING), ['closed', '2026-11-24T09:00'])
    const closed = new Calendar([{ kind: 'closed', date: asTradingDate(20261124), note: 'a test' }])
    assert.deepEqual(shown(nowAt(20261124, 10), closed), ['closed', '2026-11-25T09:00'])
  })

  test('has a month from today on, or the range of the request', () => {
    assert.deepEqual(datesOf(), [31, '2026-11-20', '2026-12-20'])
    assert.deepEqual(datesOf('2015-01-01'), [31, '2015-01-01', '2015-01-31'])
    assert.deepEqual(datesOf(undefined, '2026-11-20'), [1, '2026-11-20', '2026-11-20'])
    assert.deepEqual(datesOf('2026-12-01', '2027-03-03'), [93, '2026-12-01', '2027-03-03'])
    assert.deepEqual(datesOf('2050-12-30'), [2, '2050-12-30', '2050-12-31'])
  })

  test('is refused for a range that is empty or longer than 93 days', () => {
    assert.throws(() => ask('2026-12-02', '2026-12-01'), {
      code: 'bad-range',
      message: 'from: expected a date up to the end of the range, 2026-12-01, got 2026-12-02',
    })
    assert.throws(() => ask(undefined, '2026-11-19'), { code: 'bad-range' })
    assert.throws(() => ask('2026-12-01', '2027-03-04'), {
      code: 'range-too-long',
      message: 'to: expected a range of up to 93 days, to 2027-03-03, got 2027-03-04',
    })
  })

  test('has opens and closes where a session starts and the last ends, on open dates alone', () => {
    fc.assert(
      fc.property(calendars, fc.integer({ min: 2015, max: 2049 }), (calendar, year) => {
        for (const day of calendarAnswer(calendar, FRIDAY_EVENING, {
          from: `${year}-11-15`,
          to: `${year + 1}-01-15`,
        }).days) {
          const from = (...wanted: readonly string[]) =>
            day.phases.find(({ phase }) => wanted.includes(phase))?.from
          assert.equal(day.opens, from('morning', 'afternoon'))
          assert.equal(day.closes, from('wind-down'))
          assert.equal(day.open, day.opens !== undefined && day.closedBy === undefined)
          assert.ok(day.ceremony === undefined || day.open)
        }
      }),
    )
  })

  test('marks the first and the last trading date of a year', () => {
    const marked = (calendar: Calendar) =>
      calendarAnswer(calendar, FRIDAY_EVENING, { from: '2026-12-25', to: '2027-01-10' }).days.flatMap(
        ({ date, ceremony }) => (ceremony === undefined ? [] : [`${date} ${ceremony}`]),
      )
    assert.deepEqual(marked(RULES), ['2026-12-30 last-of-year', '2027-01-04 first-of-year'])
    const closed = [20261230, 20270104].map(date => ({
      kind: 'closed' as const,
      date: asTradingDate(date),
      note: 'x',
    }))
    assert.deepEqual(marked(new Calendar(closed)), ['2026-12-29 last-of-year', '2027-01-05 first-of-year'])
  })
})

suite('the route of the calendar', () => {
  let tables: Tables
  before(async () => {
    tables = await startTables()
  })
  after(() => tables[Symbol.asyncDispose]())

  test('answers with the stored exceptions, also in the phase of the status', async () => {
    const now = nowAt(20261124, 10)
    process.env.MARKET_CLOCK = `${Date.now()}:${now / 1000}:0.001`
    const text = JSON.stringify({
      version: 0,
      exceptions: [{ kind: 'closed', date: '2026-11-24', note: 'システム移行' }],
    })
    await writeExceptions({ client: tables.client, table: TABLES.CONTROL_TABLE }, text, FRIDAY_EVENING)
    const { handler } = await import('../../../functions/market-info/market-info-handler.ts')
    const get = async (path: string, query = {}): Promise<Record<string, unknown>> => {
      const { statusCode, headers, body } = await handler(getRequest(path, query), lambdaContext)
      assert.deepEqual(
        [statusCode, headers?.['cache-control']],
        [200, `public, max-age=${path === '/v1/status' ? 1 : 5}`],
      )
      return JSON.parse(body ?? '')
    }
    const { time, ...answer } = await get('/v1/calendar', { to: '2026-11-24' })
    assert.match(String(time), /^2026-11-24T10:00:0/)
    assert.deepEqual(answer, {
      phase: 'closed',
      nextOpening: '2026-11-25T09:00:00.000000+09:00',
      days: [
        {
          date: '2026-11-24',
          open: false,
          closedBy: 'exception',
          exception: { kind: 'closed', note: 'システム移行' },
          phases: [{ phase: 'closed', from: '2026-11-24T00:00:00.000000+09:00' }],
        },
      ],
    })
    assert.equal((await get('/v1/status')).phase, 'closed')
  })
})
