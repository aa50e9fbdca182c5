import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { noDoubt } from '../../../ingest-task/flex/judge-fields.ts'
import { type ImpossibleMessage, NO_MESSAGES } from '../../../ingest-task/flex/line-boards-options.ts'
import { type IssueState, newIssue } from '../../../ingest-task/flex/line-issue.ts'
import { MessageJudge } from '../../../ingest-task/flex/message-judge.ts'
import { ABSENT, F, type ScalarField } from '../../../market/board.ts'
import { asTradingDate } from '../../../market/units.ts'

const SECOND = 1_000_000
const NINE = 32_400 * SECOND
const LAST_TIME = 86_400 * SECOND - 1

type Changes = Partial<Record<ScalarField, number>>

/** A judge of one issue, whose messages come at nine o'clock. */
function openJudge(arrival = NINE) {
  const clock = { now: arrival }
  const impossible: ImpossibleMessage[] = []
  const counts = { ...NO_MESSAGES }
  const options = {
    line: 1,
    tradingDate: asTradingDate(20261120),
    now: () => clock.now,
    onTick() {},
    onImpossible: (message: ImpossibleMessage) => void impossible.push(message),
  }
  const judge = new MessageJudge(options, counts)
  const state: IssueState = newIssue('7203', 0)
  const change = (changes: Changes): Float64Array => {
    const before = state.board.values.slice()
    for (const [name, value] of Object.entries(changes)) {
      state.board.values[F[name as ScalarField]] = value
    }
    return before
  }
  return {
    clock,
    judge,
    state,
    impossible,
    counted: () => [counts.impossibleTimes, counts.impossibleValues],
    /** Judges a live message; returns the time of its tick. */
    live: (changes: Changes, stated = ABSENT): number =>
      judge.judge({ state, sequence: 7, before: change(changes) }, stated),
    /** Judges a whole board. */
    whole(changes: Changes): number {
      change(changes)
      return judge.judge({ state, sequence: 7, before: undefined }, ABSENT)
    },
  }
}

suite('the time of a tick', () => {
  test('is the latest time on its board, or in its message', () => {
    const { live, state, counted } = openJudge()
    assert.equal(live({ statusTime: NINE - 5, askTime: NINE - 3 }), NINE - 3)
    assert.equal(live({}, NINE - 1), NINE - 1)
    assert.equal(live({}, NINE - 4), NINE - 3)
    state.time = NINE - 2
    assert.equal(live({}), NINE - 2)
    assert.deepEqual(counted(), [0, 0])
  })

  test('may be a second later than its arrival', () => {
    const { live, impossible } = openJudge()
    assert.equal(live({ statusTime: NINE + SECOND }), NINE + SECOND)
    assert.deepEqual(impossible, [])
  })

  test('is its arrival if its message has a later time, or that of the tick before', () => {
    const { live, state, impossible, counted } = openJudge()
    assert.equal(live({}, NINE + SECOND + 1), NINE)
    state.time = NINE + 2
    assert.equal(live({}, NINE + SECOND + 1), NINE + 2)
    assert.deepEqual(counted(), [2, 0])
    assert.deepEqual(impossible[0], { issue: '7203', sequence: 7, fields: [], time: NINE + SECOND + 1 })
  })

  test('is its arrival if a field has a later time, and the report names the field', () => {
    const { live, impossible, counted } = openJudge()
    assert.equal(live({ lastTime: NINE + 2 * SECOND }), NINE)
    assert.deepEqual(counted(), [1, 0])
    const fields = [{ field: F.lastTime, got: NINE + 2 * SECOND }]
    assert.deepEqual(impossible, [{ issue: '7203', sequence: 7, fields, time: undefined }])
  })

  test('may be two seconds earlier than the latest time of the line, and no more', () => {
    const { live, state, impossible, counted } = openJudge()
    live({ statusTime: NINE - SECOND })
    assert.equal(live({ statusTime: NINE - 3 * SECOND }), NINE - 3 * SECOND)
    assert.deepEqual(counted(), [0, 0])
    state.time = 0
    assert.equal(live({ statusTime: NINE - 3 * SECOND - 1 }), NINE)
    assert.deepEqual(counted(), [1, 0])
    assert.deepEqual(impossible[0]?.time, NINE - 3 * SECOND - 1)
  })

  test('of an impossible message does not count as the latest time of the line', () => {
    const { live, clock, judge, counted } = openJudge()
    live({ statusTime: NINE - 5 * SECOND })
    live({}, NINE + 2 * SECOND)
    assert.deepEqual(counted(), [1, 0])
    clock.now = NINE + 9 * SECOND
    judge.arrive()
    assert.equal(live({ statusTime: NINE - 6 * SECOND }), NINE - 6 * SECOND)
    assert.deepEqual(counted(), [1, 0])
  })

  test('of a whole board may be hours old', () => {
    const { live, whole, state, counted } = openJudge()
    live({ statusTime: NINE })
    state.time = 0
    assert.equal(whole({ statusTime: NINE - 3600 * SECOND }), NINE - 3600 * SECOND)
    assert.deepEqual(counted(), [0, 0])
  })

  test('is compared with the arrival of its own message', () => {
    const { live, clock, judge } = openJudge(NINE - 60 * SECOND)
    clock.now = NINE
    assert.equal(live({}, NINE), NINE - 60 * SECOND)
    judge.arrive()
    assert.equal(live({}, NINE), NINE)
  })

  test('is of the trading date, also after midnight', () => {
    const { live } = openJudge(90_000 * SECOND)
    assert.equal(live({}, LAST_TIME + SECOND + 1), LAST_TIME)
  })
})

suite('impossible values', () => {
  test('are counted once a message, and reported with its time if that is possible', () => {
    const { live, counted, impossible } = openJudge()
    assert.equal(live({ statusTime: NINE - 1, last: 0, marketSell: 2e12 }), NINE - 1)
    assert.deepEqual(counted(), [0, 1])
    assert.deepEqual(
      impossible.map(({ fields, time }) => [fields.map(({ got }) => got), time]),
      [[[0, 2e12], undefined]],
    )
  })

  test('are counted apart from impossible times of the same message', () => {
    const { live, counted } = openJudge()
    assert.equal(live({ askTime: NINE + 2 * SECOND, marketBuy: 2e12 }), NINE)
    live({ marketSell: 2e12 }, NINE + 2 * SECOND)
    assert.deepEqual(counted(), [2, 2])
  })

  test('of a whole board are those out of bounds, and end a doubt', () => {
    const { whole, state, counted } = openJudge()
    state.doubt = { number: true, trades: true }
    whole({ updateNumber: 500, volume: 300, turnover: 1, statusTime: NINE })
    assert.deepEqual(state.doubt, noDoubt())
    assert.deepEqual(counted(), [0, 0])
    whole({ last: 0 })
    assert.deepEqual(counted(), [0, 1])
  })

  test('of a live message are doubted for the next one', () => {
    const { live, state } = openJudge()
    live({ updateNumber: 5, statusTime: NINE })
    live({ updateNumber: 9 })
    assert.deepEqual(state.doubt, { number: true, trades: false })
  })

  test('a whole board without a possible volume is refused', () => {
    const { whole, counted } = openJudge()
    assert.throws(() => whole({ volume: 1_000_000_000_001, statusTime: NINE }), {
      name: 'FlexError',
      message: 'offset 0: expected a volume up to 1000000000000, got 1000000000001',
    })
    assert.deepEqual(counted(), [0, 0])
  })
})

test('times of another process are at most a second later than the arrival', () => {
  const { judge, state } = openJudge()
  const { values } = state.board
  values[F.statusTime] = NINE + SECOND
  values[F.lastTime] = NINE + SECOND + 1
  values[F.last] = 5
  state.time = NINE + 2 * SECOND
  judge.inherit(state)
  assert.deepEqual([values[F.statusTime], values[F.lastTime]], [NINE + SECOND, NINE + SECOND])
  assert.deepEqual([values[F.openTime], values[F.last], state.time], [ABSENT, 5, NINE + SECOND])
  state.time = 9
  judge.inherit(state)
  assert.equal(state.time, 9)
})
