import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { RULES } from '../../market/calendar/calendar.ts'
import { DAY_MICROSECONDS, momentOf, momentToIso } from '../../market/moment.ts'
import type { ProblemCode } from '../../market/problem-document.ts'
import { addMicros, asTradingDate, type EpochMicros } from '../../market/units.ts'
import type { PriceSource } from '../../prices/price-source.ts'
import {
  END_OF_DAY,
  tickMoment,
  tradingMoment,
  visibleMoment,
  visibleRange,
  visibleSpan,
} from '../../prices/range.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { sourceAt } from './standing-source.ts'

const THURSDAY = asTradingDate(20261119)
const FRIDAY = asTradingDate(20261120)
const SATURDAY = asTradingDate(20261121)
/** The Tuesday after a holiday. */
const TUESDAY = asTradingDate(20261124)
const MINUTE = 60_000_000
const ISSUE = '7203'

const time = (hours: number, minutes: number): number => (hours * 60 + minutes) * MINUTE
const at = (hours: number, minutes: number, date = FRIDAY): EpochMicros =>
  momentOf(date, time(hours, minutes))
const refused = (code: ProblemCode, message: string) => ({ name: 'Problem', code, message })

/** Moments and ranges need no table. */
const NO_TABLE = { client: createDynamoDB(), table: 'none' }

/** Returns the source for everybody at `now`; all ticks are stored unless `stored` is given. */
function delayedAt(now: EpochMicros, stored?: EpochMicros): PriceSource {
  const source = sourceAt(NO_TABLE, 'everybody', now)
  return stored === undefined ? source : { ...source, storing: { until: async () => stored } }
}

test('a moment on a closed day is the end of the last trading date before', () => {
  const [open, closed] = [at(10, 0), at(10, 0, SATURDAY)]
  assert.deepEqual(tradingMoment(RULES, open), { moment: open, date: FRIDAY, until: time(10, 0) })
  assert.deepEqual(tradingMoment(RULES, closed), { moment: closed, date: FRIDAY, until: 86_399_999_999 })
  assert.deepEqual(
    [FRIDAY, SATURDAY, TUESDAY].map(date => RULES.tradingDateBefore(date)),
    [THURSDAY, FRIDAY, FRIDAY],
  )
})

suite('the moment of a request', () => {
  const now = at(10, 0)
  const ask = (text?: string, source = delayedAt(now)) => visibleMoment(source, 'at', text, [ISSUE])

  test('is the cut, or an earlier moment that the request names', async () => {
    const cut = { moment: at(9, 40), asked: at(9, 40), date: FRIDAY, until: time(9, 40), isLate: false }
    assert.deepEqual(await ask(), cut)
    assert.deepEqual(await ask(momentToIso(at(9, 40))), cut)
    const earlier = at(15, 0, THURSDAY)
    const named = { moment: earlier, asked: earlier, date: THURSDAY, until: time(15, 0), isLate: false }
    assert.deepEqual(await ask(momentToIso(earlier)), named)
  })

  test('of registered users is what is stored by now, and asks how far only for them', async () => {
    const asked: number[] = []
    const until = async (date: number) => {
      asked.push(date)
      return at(9, 59)
    }
    const source = { ...sourceAt(NO_TABLE, 'registered', now), storing: { until } }
    assert.equal((await ask(undefined, source)).moment, at(9, 59))
    assert.deepEqual(asked.splice(0), [FRIDAY, FRIDAY])
    await ask(undefined, { ...delayedAt(now), storing: { until } })
    assert.deepEqual(asked, [FRIDAY])
  })

  test('is refused after the cut with the youngest moment, and after now as a future time', async () => {
    const youngest = momentToIso(at(9, 40))
    for (const text of [momentToIso(addMicros(at(9, 40), 1)), momentToIso(now)]) {
      await assert.rejects(ask(text), {
        ...refused(
          'too-recent',
          `at: expected a time up to the youngest that can be shown now, ${youngest}, got "${text}"`,
        ),
        members: { youngest },
      })
    }
    const future = momentToIso(addMicros(now, 1))
    await assert.rejects(
      ask(future),
      refused('future-time', `at: expected a time up to now, ${momentToIso(now)}, got "${future}"`),
    )
  })

  test('is refused if it is no time, or outside the trading calendar', async () => {
    const youngest = momentToIso(at(9, 40))
    await assert.rejects(
      ask('now'),
      refused('bad-time', `at: expected an ISO 8601 time with its offset, such as ${youngest}, got "now"`),
    )
    await assert.rejects(ask('1969-12-31T12:00:00Z'), {
      code: 'bad-time',
      message:
        /^at: expected a time within the trading calendar, got "1969-12-31T12:00:00Z": expected a date/,
    })
  })

  test('moves back to what is stored, and is late then', async () => {
    const late = async (stored: EpochMicros, text?: string) => {
      const { moment, until, asked, isLate } = await ask(text, delayedAt(now, stored))
      assert.equal(asked, text === undefined ? at(9, 40) : at(9, 35))
      return [moment - at(0, 0), until, isLate]
    }
    assert.deepEqual(await late(at(9, 40)), [time(9, 40), time(9, 40), false])
    assert.deepEqual(await late(addMicros(at(9, 40), -1)), [time(9, 40) - 1, time(9, 40) - 1, true])
    assert.deepEqual(await late(at(9, 30), momentToIso(at(9, 35))), [time(9, 30), time(9, 30), true])
    assert.deepEqual(await late(at(9, 36), momentToIso(at(9, 35))), [time(9, 35), time(9, 35), false])
  })

  test('on a date whose ticks are deleted is answered by finished days, and refused for ticks', async () => {
    const then = momentToIso(at(10, 0))
    // 31 days after the start of the Friday.
    const last = addMicros(at(0, 0), 31 * DAY_MICROSECONDS)
    const asked = async (now: EpochMicros) => (await ask(then, delayedAt(now, at(9, 0)))).isLate
    assert.deepEqual([await asked(last), await asked(addMicros(last, 1))], [true, false])
    assert.equal((await tickMoment(delayedAt(last), 'at', then, [ISSUE])).moment, at(10, 0))
    await assert.rejects(
      tickMoment(delayedAt(addMicros(last, 1)), 'at', then, [ISSUE]),
      refused(
        'bad-time',
        `at: expected a time of the last 31 days, because older ticks are deleted, got "${then}"`,
      ),
    )
    const unnamed = { ...delayedAt(at(10, 0, SATURDAY)), keepDays: 0 }
    assert.equal((await tickMoment(unnamed, 'at', undefined, [ISSUE])).date, FRIDAY)
  })
})

test('a range ends where the ticks of its issue are stored', async () => {
  const source: PriceSource = {
    ...delayedAt(at(10, 0)),
    storing: { until: async (_date, _hours, [issue]) => (issue === ISSUE ? at(9, 30) : at(9, 39)) },
  }
  const all = { from: undefined, to: undefined }
  assert.equal((await visibleRange(source, all, ISSUE)).until, time(9, 30))
  assert.equal((await visibleSpan(source, all, DAY_MICROSECONDS, ISSUE, undefined)).asOf, at(9, 30))
})

test('a start outside the trading calendar is refused', async () => {
  const range = { from: '1969-12-31T12:00:00Z', to: undefined }
  const source = delayedAt(at(10, 0))
  const refusal = {
    code: 'bad-time',
    message: /^from: expected a time within the trading calendar, got "1969/,
  }
  await assert.rejects(visibleRange(source, range, ISSUE), refusal)
  await assert.rejects(visibleSpan(source, range, DAY_MICROSECONDS, ISSUE, undefined), refusal)
})

suite('a range within a date', () => {
  const ask = (from?: string, source = delayedAt(at(10, 0))) =>
    visibleRange(source, { from, to: undefined }, ISSUE)

  test('starts with the date or later, up to its end', async () => {
    const whole = { date: FRIDAY, from: 0, until: time(9, 40), asOf: at(9, 40), isLate: false }
    assert.deepEqual(await ask(), whole)
    assert.deepEqual(await ask(momentToIso(at(0, 0))), whole)
    assert.deepEqual(await ask(momentToIso(at(9, 40))), { ...whole, from: time(9, 40) })
    const late = await ask(momentToIso(at(9, 35)), delayedAt(at(10, 0), at(9, 30)))
    assert.deepEqual(late, { ...whole, from: time(9, 35), until: time(9, 30), asOf: at(9, 30), isLate: true })
  })

  test('is refused if it starts after its end or on an earlier date', async () => {
    const after = momentToIso(addMicros(at(9, 40), 1))
    await assert.rejects(
      ask(after),
      refused(
        'bad-range',
        `from: expected a time up to the end of the range, ${momentToIso(at(9, 40))}, got "${after}"`,
      ),
    )
    const before = momentToIso(addMicros(at(0, 0), -1))
    await assert.rejects(
      ask(before),
      refused(
        'range-too-long',
        `from: expected a time from ${momentToIso(at(0, 0))} on, because a range is within one trading date, got "${before}"`,
      ),
    )
  })

  test('that starts on a closed day is after all ticks of the date before', async () => {
    const range = await ask(momentToIso(at(9, 0, SATURDAY)), delayedAt(at(10, 0, SATURDAY)))
    assert.deepEqual([range.date, range.from, range.until], [FRIDAY, END_OF_DAY, END_OF_DAY])
  })

  test('up to the end of an earlier day is complete up to there, also on a closed day, which has no tick', async () => {
    // The client reads these days after an outage that ends on Tuesday.
    const source = delayedAt(at(10, 0, TUESDAY))
    const rest = async (from: EpochMicros, day: typeof FRIDAY) => {
      const to = momentOf(day, END_OF_DAY)
      const range = await visibleRange(source, { from: momentToIso(from), to: momentToIso(to) }, ISSUE)
      assert.deepEqual([range.asOf, range.isLate], [to, false])
      return [range.date, range.from, range.until]
    }
    assert.deepEqual(await rest(at(14, 0), FRIDAY), [FRIDAY, time(14, 0), END_OF_DAY])
    assert.deepEqual(await rest(at(0, 0, SATURDAY), SATURDAY), [FRIDAY, END_OF_DAY, END_OF_DAY])
  })
})

suite('a range over dates', () => {
  const now = at(10, 0, TUESDAY)
  const longest = 6 * DAY_MICROSECONDS
  const ask = async (from: EpochMicros | undefined, after?: EpochMicros, source = delayedAt(now)) => {
    const text = from === undefined ? undefined : momentToIso(from)
    const { parts, asOf } = await visibleSpan(source, { from: text, to: undefined }, longest, ISSUE, after)
    assert.equal(asOf, at(9, 40, TUESDAY))
    return parts.map(part => [part.date, part.from, part.until])
  }
  const today = [TUESDAY, 0, time(9, 40)]
  const friday = [FRIDAY, 0, END_OF_DAY]

  test('has a part for each trading date, the first from the start, the last up to the end', async () => {
    assert.deepEqual(await ask(undefined), [today])
    assert.deepEqual(await ask(at(9, 0, TUESDAY)), [[TUESDAY, time(9, 0), time(9, 40)]])
    assert.deepEqual(await ask(at(9, 0, SATURDAY)), [today])
    assert.deepEqual(await ask(at(9, 0)), [[FRIDAY, time(9, 0), END_OF_DAY], today])
    assert.deepEqual(await ask(at(9, 0, THURSDAY)), [[THURSDAY, time(9, 0), END_OF_DAY], friday, today])
  })

  test('continues after a page, and never before its own start', async () => {
    assert.deepEqual(await ask(at(9, 0), at(0, 0, TUESDAY)), [today])
    assert.deepEqual(await ask(at(9, 0), at(8, 0)), [[FRIDAY, time(9, 0), END_OF_DAY], today])
    assert.deepEqual(await ask(at(9, 0), at(9, 40, TUESDAY)), [[TUESDAY, time(9, 40), time(9, 40)]])
    const after = addMicros(at(9, 40, TUESDAY), 1)
    await assert.rejects(
      ask(at(9, 0), after),
      refused(
        'bad-parameter',
        `after: expected a page that starts up to the end of the range, ${momentToIso(at(9, 40, TUESDAY))}, got ${momentToIso(after)}`,
      ),
    )
  })

  test('has a longest length', async () => {
    const first = addMicros(at(9, 40, TUESDAY), -longest)
    assert.equal((await ask(first)).length, 4)
    const from = addMicros(first, -1)
    await assert.rejects(
      ask(from),
      refused(
        'range-too-long',
        `from: expected a range of up to 6 days, from ${momentToIso(first)} on, got "${momentToIso(from)}"`,
      ),
    )
    // A later page of a longer range is not too long.
    assert.equal((await ask(from, first)).length, 4)
  })
})
