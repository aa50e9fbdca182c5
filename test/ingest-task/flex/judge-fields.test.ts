import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  type Doubt,
  fieldName,
  isTimeField,
  judgeFields,
  noDoubt,
  wholeDoubt,
} from '../../../ingest-task/flex/judge-fields.ts'
import { ABSENT, ASKS, BIDS, emptyBoard, F, type ScalarField, statusNumber } from '../../../market/board.ts'

const YEN = 10_000
const NINE = 9 * 3_600_000_000
/** When the messages of these tests come: ten o'clock. */
const ARRIVAL = NINE + 3_600_000_000
const LARGEST_PRICE = 100_000_000 * YEN
const LARGEST_QUANTITY = 1_000_000_000_000

type Changes = Partial<Record<ScalarField, number>>

function valuesOf(changes: Changes, base = emptyBoard('7203').values): Float64Array {
  const values = base.slice()
  for (const [name, value] of Object.entries(changes)) values[F[name as ScalarField]] = value
  return values
}

/** A board after 300 shares at 100 yen, as number 7. */
const BEFORE = valuesOf({
  updateNumber: 7,
  open: 100 * YEN,
  openTime: NINE,
  high: 110 * YEN,
  highTime: NINE,
  low: 90 * YEN,
  lowTime: NINE,
  last: 100 * YEN,
  lastTime: NINE,
  volume: 300,
  volumeTime: NINE,
  turnover: 3_000_000,
  vwap: 100 * YEN,
})

interface Judged {
  /** Replaced fields and what was sent. */
  readonly found: [string, number][]
  readonly values: Float64Array
  readonly doubt: Doubt
}

/** Judges a message that makes these changes to `before`. */
function judge(changes: Changes, { before = BEFORE, doubt = noDoubt(), arrival = ARRIVAL } = {}): Judged {
  const values = valuesOf(changes, before)
  const found = judgeFields(values, before, doubt, arrival) ?? []
  return { found: found.map(({ field, got }) => [fieldName(field), got]), values, doubt }
}

/** A trade of 100 shares more at 100 yen, as number 8. */
const TRADE: Changes = { updateNumber: 8, last: 100 * YEN, volume: 400, turnover: 4_000_000 }

suite('update numbers', () => {
  test('one more, or the same, is taken', () => {
    assert.deepEqual(judge({ updateNumber: 8 }).found, [])
    assert.deepEqual(judge({}).found, [])
    assert.deepEqual(judge({ updateNumber: 500 }, { before: emptyBoard('7203').values }).found, [])
  })

  test('another number is replaced by one more, and taken when the next message is refused as well', () => {
    for (const wrong of [6, 9, 99_999_999]) {
      const { found, values, doubt } = judge({ updateNumber: wrong })
      assert.deepEqual(found, [['updateNumber', wrong]])
      assert.equal(values[F.updateNumber], 8)
      assert.equal(doubt.number, true)
      const next = judge({ updateNumber: wrong + 1 }, { before: values, doubt })
      assert.deepEqual(next.found, [])
      assert.equal(next.values[F.updateNumber], wrong + 1)
      assert.equal(next.doubt.number, false)
    }
  })

  test('a right number ends the doubt', () => {
    const doubt = { ...noDoubt(), number: true }
    judge({ updateNumber: 8 }, { doubt })
    assert.equal(doubt.number, false)
  })
})

suite('totals and prices of the day', () => {
  test('a trade is taken', () => {
    assert.deepEqual(judge(TRADE).found, [])
  })

  test('a total that falls, or is too large, costs all prices and totals of the message', () => {
    const wrong: [Changes, string, number][] = [
      [{ volume: 299 }, 'volume', 299],
      [{ volume: LARGEST_QUANTITY + 1 }, 'volume', LARGEST_QUANTITY + 1],
      [{ turnover: 2_999_999 }, 'turnover', 2_999_999],
      [{ turnover: 1e15 + 1 }, 'turnover', 1e15 + 1],
    ]
    for (const [changes, name, got] of wrong) {
      const { found, values, doubt } = judge({ ...TRADE, last: 105 * YEN, ...changes })
      assert.deepEqual(found, [[name, got]])
      assert.deepEqual(
        [values[F.last], values[F.volume], values[F.turnover], values[F.updateNumber]],
        [100 * YEN, 300, 3_000_000, 8],
        name,
      )
      assert.equal(doubt.trades, true, name)
    }
  })

  test('the largest volume and turnover are taken', () => {
    const blank = emptyBoard('7203').values
    assert.deepEqual(judge({ volume: LARGEST_QUANTITY }, { before: blank }).found, [])
    assert.deepEqual(judge({ turnover: 1e15 }, { before: blank }).found, [])
  })

  test('turnover between the volume at the low and at the high, to a yen, is taken', () => {
    // 100 shares between 90 and 110 yen are worth 9,000 to 11,000 yen, and one yen more or less.
    const worth = (yen: number): Changes => ({ ...TRADE, turnover: 3_000_000 + yen * 100 })
    for (const yen of [8_999, 9_000, 11_000, 11_001])
      assert.deepEqual(judge(worth(yen)).found, [], String(yen))
    for (const yen of [8_998.99, 11_001.01]) {
      assert.deepEqual(judge(worth(yen)).found, [['volume', 400]], String(yen))
    }
  })

  test('the first trade of the day is compared with totals of nothing', () => {
    const before = valuesOf({ updateNumber: 7 })
    const first = { open: 100 * YEN, high: 100 * YEN, low: 100 * YEN, last: 100 * YEN, volume: 100 }
    assert.deepEqual(judge({ ...first, turnover: 1_000_000 }, { before }).found, [])
    assert.deepEqual(judge({ ...first, turnover: 2_000_000 }, { before }).found, [['volume', 100]])
    // Without an earlier message, or without a turnover or a low, there is nothing to compare.
    assert.deepEqual(
      judge({ ...first, turnover: 2_000_000 }, { before: emptyBoard('7203').values }).found,
      [],
    )
    assert.deepEqual(judge(first, { before }).found, [])
    assert.deepEqual(judge({ ...first, low: ABSENT, turnover: 2_000_000 }, { before }).found, [])
    assert.deepEqual(judge({ ...first, high: ABSENT, turnover: 2_000_000 }, { before }).found, [])
  })

  test('volume and turnover may come in different messages', () => {
    assert.deepEqual(judge({ volume: 900 }).found, [])
    assert.deepEqual(judge({ turnover: 9_000_000 }).found, [])
  })

  test('a price of 0, above a hundred million yen, or not between low and high is refused', () => {
    const wrong: [Changes, string, number][] = [
      [{ last: 0 }, 'last', 0],
      [{ open: LARGEST_PRICE + 1 }, 'open', LARGEST_PRICE + 1],
      [{ vwap: LARGEST_PRICE + 1 }, 'vwap', LARGEST_PRICE + 1],
      [{ vwap: 0 }, 'vwap', 0],
      [{ high: 89 * YEN }, 'high', 89 * YEN],
      [{ low: 111 * YEN }, 'high', 110 * YEN],
      [{ last: 110 * YEN + 1 }, 'last', 110 * YEN + 1],
      [{ last: 90 * YEN - 1 }, 'last', 90 * YEN - 1],
      [{ open: 111 * YEN }, 'open', 111 * YEN],
    ]
    for (const [changes, name, got] of wrong) {
      const { found, values } = judge(changes)
      assert.deepEqual(found, [[name, got]])
      assert.deepEqual(values, BEFORE, name)
    }
    for (const changes of [
      { last: 110 * YEN },
      { last: 90 * YEN },
      { high: LARGEST_PRICE },
      { last: ABSENT },
    ]) {
      assert.deepEqual(judge(changes).found, [], JSON.stringify(changes))
    }
    // Without a low or a high a price has nothing to lie between.
    const before = valuesOf({ high: ABSENT }, BEFORE)
    assert.deepEqual(judge({ last: 500 * YEN }, { before }).found, [])
  })

  test('a second refusal in a row is none, except for values out of bounds', () => {
    const doubt = { ...noDoubt(), trades: true }
    const low = judge({ volume: 100, turnover: 1_000_000, last: 0 }, { doubt })
    assert.deepEqual(low.found, [['last', 0]])
    assert.deepEqual(
      [low.values[F.volume], low.values[F.turnover], low.values[F.last]],
      [100, 1_000_000, 100 * YEN],
    )
    assert.equal(doubt.trades, false)

    const large = judge(
      { volume: LARGEST_QUANTITY + 1, turnover: 1e15 + 1, vwap: LARGEST_PRICE + 1 },
      { doubt: { ...noDoubt(), trades: true } },
    )
    assert.deepEqual(large.found, [
      ['volume', LARGEST_QUANTITY + 1],
      ['turnover', 1e15 + 1],
      ['vwap', LARGEST_PRICE + 1],
    ])
    const most = { volume: LARGEST_QUANTITY, turnover: 1e15, high: LARGEST_PRICE }
    assert.deepEqual(judge(most, { doubt: { ...noDoubt(), trades: true } }).found, [])
  })

  test('a message that changes none of them leaves the doubt; a right message ends it', () => {
    const doubt = { ...noDoubt(), trades: true }
    judge({ updateNumber: 8, marketSell: 100 }, { doubt })
    assert.equal(doubt.trades, true)
    judge(TRADE, { doubt })
    assert.equal(doubt.trades, false)
  })
})

suite('quotes', () => {
  const level = (values: Float64Array, field: number): number[] => [values[field]!, values[field + 1]!]

  function judgeLevel(field: number, price: number, quantity: number): Judged {
    const before = BEFORE.slice()
    for (const at of [ASKS, ASKS + 2, BIDS, BIDS + 18]) before.set([100 * YEN, 500], at)
    Object.assign(before, { [F.askTime]: NINE, [F.askSign]: 1, [F.bidTime]: NINE, [F.bidSign]: 1 })
    const values = before.slice()
    values.set([price, quantity], field)
    for (const time of [F.askTime, F.bidTime]) values[time] = NINE + 1
    for (const sign of [F.askSign, F.bidSign]) values[sign] = 2
    const doubt = noDoubt()
    const found = judgeFields(values, before, doubt, ARRIVAL) ?? []
    return { found: found.map(({ field, got }) => [fieldName(field), got]), values, doubt }
  }

  test('the largest price and quantity are taken', () => {
    assert.deepEqual(judgeLevel(ASKS, LARGEST_PRICE, LARGEST_QUANTITY).found, [])
    assert.deepEqual(judgeLevel(BIDS + 18, LARGEST_PRICE, LARGEST_QUANTITY).found, [])
  })

  test('an impossible price or quantity keeps the level before, and no other level', () => {
    const wrong: [number, number, number, string, number][] = [
      [ASKS, 0, 100, 'ask 1', 0],
      [ASKS + 2, LARGEST_PRICE + 1, 100, 'ask 2', LARGEST_PRICE + 1],
      [BIDS, 101 * YEN, LARGEST_QUANTITY + 1, 'bid 1 quantity', LARGEST_QUANTITY + 1],
      [BIDS + 18, 0, 100, 'bid 10', 0],
    ]
    for (const [field, price, quantity, name, got] of wrong) {
      const { found, values } = judgeLevel(field, price, quantity)
      assert.deepEqual(found, [[name, got]])
      assert.deepEqual(level(values, field), [100 * YEN, 500], name)
    }
  })

  test('the time and the sign of a refused best quote stay, those of the other side do not', () => {
    const signs = (values: Float64Array): unknown[] => [
      [values[F.askTime]! - NINE, values[F.askSign]],
      [values[F.bidTime]! - NINE, values[F.bidSign]],
    ]
    assert.deepEqual(signs(judgeLevel(ASKS, 0, 100).values), [
      [0, 1],
      [1, 2],
    ])
    assert.deepEqual(signs(judgeLevel(BIDS, 0, 100).values), [
      [1, 2],
      [0, 1],
    ])
    assert.deepEqual(signs(judgeLevel(ASKS + 2, 0, 100).values), [
      [1, 2],
      [1, 2],
    ])
  })

  test('a quantity of market orders or outside of the levels that is too large stays as it was', () => {
    for (const name of ['marketSell', 'marketBuy', 'over', 'under'] as const) {
      const before = valuesOf({ [name]: 200 }, BEFORE)
      const { found, values } = judge({ [name]: LARGEST_QUANTITY + 1 }, { before })
      assert.deepEqual(found, [[name, LARGEST_QUANTITY + 1]])
      assert.equal(values[F[name]], 200)
      assert.deepEqual(judge({ [name]: LARGEST_QUANTITY }, { before }).found, [])
    }
  })
})

suite('status codes', () => {
  test('digits, capitals and blanks are taken, other characters are not', () => {
    for (const code of ['10', '0A', 'Z9', '7', '  ', 'AZ']) {
      assert.deepEqual(judge({ status: statusNumber(code) }).found, [], code)
    }
    const before = valuesOf({ status: statusNumber('10') }, BEFORE)
    for (const code of ['/0', '0/', ':0', '0:', '@0', '0[', 'a0', '!!']) {
      const { found, values } = judge({ status: statusNumber(code) }, { before })
      assert.deepEqual(found, [['status', statusNumber(code)]], code)
      assert.equal(values[F.status], statusNumber('10'))
    }
  })
})

suite('times', () => {
  test('a time up to a second after the arrival is taken', () => {
    assert.deepEqual(judge({ lastTime: ARRIVAL + 1_000_000 }).found, [])
  })

  test('a later time becomes the arrival', () => {
    for (const name of ['statusTime', 'lastTime', 'volumeTime', 'askTime', 'bidTime'] as const) {
      const { found, values } = judge({ [name]: ARRIVAL + 1_000_001 })
      assert.deepEqual(found, [[name, ARRIVAL + 1_000_001]])
      assert.equal(values[F[name]], ARRIVAL, name)
    }
  })

  test('a later time of a past price stays while the price stays, and becomes the arrival with a new price', () => {
    for (const [name, price, next] of [
      ['openTime', 'open', 95],
      ['highTime', 'high', 120],
      ['lowTime', 'low', 80],
    ] as const) {
      assert.equal(judge({ [name]: ARRIVAL + 2_000_000 }).values[F[name]], NINE, name)
      const changed = judge({ [name]: ARRIVAL + 2_000_000, [price]: next * YEN })
      assert.equal(changed.values[F[name]], ARRIVAL, name)
      const before = valuesOf({ [name]: ABSENT }, BEFORE)
      assert.equal(judge({ [name]: ARRIVAL + 2_000_000 }, { before }).values[F[name]], ARRIVAL, name)
    }
  })
})

test('of a whole board only the bounds of values are judged', () => {
  assert.deepEqual(wholeDoubt(), { number: true, trades: true })
  assert.deepEqual(noDoubt(), { number: false, trades: false })
  const blank = emptyBoard('7203').values
  const whole = {
    updateNumber: 500,
    volume: 300,
    turnover: 1,
    low: 90 * YEN,
    high: 110 * YEN,
    last: 300 * YEN,
  }
  assert.deepEqual(judge(whole, { before: blank, doubt: wholeDoubt() }).found, [])
})

test('fields have names for people, and eight of them are times', () => {
  assert.deepEqual([F.last, ASKS, ASKS + 1, ASKS + 5, BIDS, BIDS + 19].map(fieldName), [
    'last',
    'ask 1',
    'ask 1 quantity',
    'ask 3 quantity',
    'bid 1',
    'bid 10 quantity',
  ])
  const times = Object.keys(F).filter(name => isTimeField(F[name as ScalarField]))
  assert.deepEqual(
    times,
    Object.keys(F).filter(name => name.endsWith('Time')),
  )
  assert.equal(isTimeField(ASKS), false)
})
