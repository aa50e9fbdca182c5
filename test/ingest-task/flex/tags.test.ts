import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { latestTime, mergeTag } from '../../../ingest-task/flex/tags.ts'
import { ABSENT, ASKS, BIDS, emptyBoard, F, type ScalarField } from '../../../market/board.ts'

/** 09:00:00 as µs of the day. */
const NINE = 32_400_000_000
const NINE_TEXT = '090000'
const YEN = 10_000

/** Returns a tag of this size with texts at offsets. All other bytes are blank. */
function tagOf(size: number, name: string, fields: Readonly<Record<number, string>> = {}): Buffer {
  const bytes = Buffer.alloc(size, ' ')
  bytes.write(name, 0, 'latin1')
  for (const [at, text] of Object.entries(fields)) bytes.write(text, Number(at), 'latin1')
  return bytes
}

const fourteen = (value: number): string => String(value).padStart(14)
/** A number of decimals, fourteen digits and a plus. */
const priceOf = (value: number, decimals = 4): string => `${decimals}${fourteen(value)}+`

/** Merges a tag that stands at an offset into a board with 1 in every field; returns the fields that it sets. */
function merge(tag: Buffer): Float64Array {
  const values = emptyBoard('7203').values.fill(1)
  const at = 3
  const bytes = Buffer.concat([Buffer.alloc(at), tag])
  assert.equal(mergeTag(bytes, at, bytes.length, values), bytes.length)
  return values
}

/** Asserts that a tag sets these fields and no others. */
function assertSets(tag: Buffer, fields: Readonly<Partial<Record<ScalarField, number>>>): void {
  const expected = emptyBoard('7203').values.fill(1)
  for (const [name, value] of Object.entries(fields)) expected[F[name as ScalarField]] = value
  assert.deepEqual(merge(tag), expected)
}

suite('a tag sets its fields and no others:', () => {
  test('NO, the update number', () => {
    assertSets(tagOf(10, 'NO', { 2: '      42' }), { updateNumber: 42 })
    assertSets(tagOf(10, 'NO'), { updateNumber: ABSENT })
  })

  test('ST, the status and its time', () => {
    const status = (0x30 << 8) | 0x41
    assertSets(tagOf(26, 'ST', { 5: '0A', 10: `${NINE_TEXT}000001` }), { status, statusTime: NINE + 1 })
    assertSets(tagOf(26, 'ST', { 6: 'A' }), { status: ABSENT, statusTime: ABSENT })
  })

  test('4P, the prices of the day', () => {
    const prices = tagOf(107, '4P', {
      4: `${priceOf(1_000_000)}${NINE_TEXT}`,
      27: `1${priceOf(1_100_000)}090001`,
      51: `2${priceOf(900_000)}090002`,
      75: `${priceOf(950_000)}090003000004`,
      106: '3',
    })
    assertSets(prices, {
      open: 100 * YEN,
      openTime: NINE,
      highStop: 1,
      high: 110 * YEN,
      highTime: NINE + 1_000_000,
      lowStop: 2,
      low: 90 * YEN,
      lowTime: NINE + 2_000_000,
      last: 95 * YEN,
      lastTime: NINE + 3_000_004,
      closing: 3,
    })
    const names = ['open', 'high', 'low', 'last'] as const
    const times = ['openTime', 'highTime', 'lowTime', 'lastTime', 'highStop', 'lowStop', 'closing'] as const
    assertSets(tagOf(107, '4P'), Object.fromEntries([...names, ...times].map(name => [name, ABSENT])))
  })

  test('QM, market orders, and QO, what is outside of the levels', () => {
    const fields = { 18: `${fourteen(300)}+`, 47: `${fourteen(500)}+` }
    assertSets(tagOf(62, 'QM', fields), { marketSell: 300, marketBuy: 500 })
    assertSets(tagOf(62, 'QO', fields), { over: 300, under: 500 })
    assertSets(tagOf(62, 'QO', { 18: `${fourteen(300)}+` }), { over: 300, under: ABSENT })
  })

  test('VL, the volume, and VA, the turnover in 10⁻² yen', () => {
    assertSets(tagOf(27, 'VL', { 5: `0${fourteen(700)}${NINE_TEXT}` }), { volume: 700, volumeTime: NINE })
    assertSets(tagOf(27, 'VL'), { volume: ABSENT, volumeTime: ABSENT })
    for (const [decimals, value] of [
      [0, 70_000],
      [1, 7_000],
      [2, 700],
    ] as const) {
      assertSets(tagOf(27, 'VA', { 5: `${decimals}${fourteen(700)}` }), { turnover: value })
    }
  })

  test('VW, the average price, whose stated decimals do not matter', () => {
    assertSets(tagOf(52, 'VW', { 5: priceOf(1_234_567, 0) }), { vwap: 1_234_567 })
  })
})

/** One side of a level, 46 bytes: price, time, sign and quantity. */
const sideOf = (price: number, quantity: number, time = '', sign = ' '): string =>
  ` ${priceOf(price)}${time.padEnd(12)}${sign} ${fourteen(quantity)}+`

suite('a quote', () => {
  test('of Q1 is the best: it has a time and a sign', () => {
    const tag = tagOf(96, 'Q1', {
      4: sideOf(1_000_000, 300, '090000000001', '1'),
      50: sideOf(990_000, 500, '090000000002', '2'),
    })
    const values = merge(tag)
    assert.deepEqual([...values.subarray(ASKS, ASKS + 3)], [100 * YEN, 300, 1])
    assert.deepEqual([...values.subarray(BIDS, BIDS + 3)], [99 * YEN, 500, 1])
    const best = [F.askTime, F.askSign, F.bidTime, F.bidSign].map(field => values[field])
    assert.deepEqual(best, [NINE + 1, 1, NINE + 2, 2])
  })

  test('without a price has no time and no sign', () => {
    const best = (fields: Readonly<Record<number, string>>): unknown[] => {
      const values = merge(tagOf(96, 'Q1', fields))
      return [F.askTime, F.askSign, F.bidTime, F.bidSign].map(field => values[field])
    }
    const signOnly = { 21: '090000000001', 33: '1', 67: '090000000001', 79: '1' }
    assert.deepEqual(best(signOnly), [ABSENT, ABSENT, ABSENT, ABSENT])
    assert.deepEqual(best({ ...signOnly, 4: sideOf(1, 1, '090000000001', '1') }), [
      NINE + 1,
      1,
      ABSENT,
      ABSENT,
    ])
  })

  test('of Q2 to Q9 and QA is deeper: it has a price and a quantity', () => {
    const names = ['Q2', 'Q3', 'Q4', 'Q5', 'Q6', 'Q7', 'Q8', 'Q9', 'QA']
    for (const [index, name] of names.entries()) {
      const level = index + 1
      const expected = emptyBoard('7203').values.fill(1)
      expected.set([100 * YEN, 300], ASKS + 2 * level)
      expected.set([99 * YEN, 500], BIDS + 2 * level)
      const tag = tagOf(96, name, {
        4: sideOf(1_000_000, 300, '090000000001', '1'),
        50: sideOf(990_000, 500),
      })
      assert.deepEqual(merge(tag), expected, name)
    }
  })

  test('may be blank', () => {
    const values = merge(tagOf(96, 'Q3'))
    assert.deepEqual([...values.subarray(ASKS + 4, ASKS + 6)], [ABSENT, ABSENT])
    assert.deepEqual([...values.subarray(BIDS + 4, BIDS + 6)], [ABSENT, ABSENT])
  })
})

suite('decimals', () => {
  const lastOf = (decimals: string): number | undefined =>
    merge(tagOf(107, '4P', { 75: `${decimals}${fourteen(12)}+` }))[F.last]

  test('of a price are 0 to 4', () => {
    assert.deepEqual(['0', '1', '2', '3', '4'].map(lastOf), [120_000, 12_000, 1_200, 120, 12])
    for (const decimals of ['5', '9', ' ']) {
      assert.throws(() => lastOf(decimals), {
        message: `offset 78: expected at most 4 decimals, got "${decimals}"`,
      })
    }
  })

  test('of a volume are none, of a turnover two', () => {
    const merged = (name: string, decimals: number) => () =>
      merge(tagOf(27, name, { 5: `${decimals}${fourteen(12)}` }))
    assert.throws(merged('VL', 1), { message: 'offset 8: expected at most 0 decimals, got "1"' })
    assert.throws(merged('VA', 3), { message: 'offset 8: expected at most 2 decimals, got "3"' })
  })
})

suite('the size of a tag', () => {
  const SIZES = { NO: 10, ST: 26, '4P': 107, Q1: 96, Q9: 96, QA: 96, QM: 62, QO: 62, VL: 27, VA: 27, VW: 52 }

  test('is fixed, and a separator or the end of the message follows', () => {
    for (const [name, size] of Object.entries(SIZES)) {
      const { values } = emptyBoard('7203')
      const tag = tagOf(size, name)
      const followed = Buffer.concat([tag, Buffer.from('\x13NO')])
      assert.equal(mergeTag(followed, 0, followed.length, values), size, name)
      const expected = new RegExp(`^offset 0: expected a tag of ${size} bytes and then its end, got`)
      assert.throws(() => mergeTag(tag, 0, size - 1, values), { message: expected })
      const longer = tagOf(size + 1, name)
      assert.throws(() => mergeTag(longer, 0, longer.length, values), { message: expected })
    }
  })

  test('is shown with the byte after it, as far as the message goes', () => {
    const { values } = emptyBoard('7203')
    const expected = 'offset 0: expected a tag of 10 bytes and then its end, got'
    assert.throws(() => mergeTag(tagOf(12, 'NO'), 0, 12, values), { message: `${expected} "NO         "` })
    assert.throws(() => mergeTag(tagOf(12, 'NO'), 0, 9, values), { message: `${expected} "NO       "` })
  })

  test('is unknown for other names', () => {
    for (const name of ['Q0', 'Q:', 'QB', 'N0', 'XX']) {
      assert.throws(() => merge(tagOf(96, name)), {
        message: `offset 3: expected a tag NO, ST, 4P, Q1 to Q9, QA, QM, QO, VL, VA or VW, got "${name}"`,
      })
    }
  })
})

suite('the latest time of a message', () => {
  const latestOf = (...tags: Buffer[]): number => {
    const bytes = Buffer.concat(tags.flatMap(tag => [Buffer.from('\x13'), tag]))
    return latestTime(bytes, 1, bytes.length)
  }
  const PLAIN = [tagOf(10, 'NO'), tagOf(26, 'ST', { 10: '100000000000' }), tagOf(52, 'VW')]

  test('is absent without a microsecond time outside of ST', () => {
    assert.equal(latestOf(), ABSENT)
    assert.equal(latestOf(...PLAIN, tagOf(27, 'VL', { 20: '100000' }), tagOf(27, 'VA')), ABSENT)
  })

  test('is in 4P, QM, QO, or a quote of any level, after any other tags', () => {
    const time = '090000000007'
    for (const tag of [
      tagOf(107, '4P', { 91: time }),
      tagOf(62, 'QM', { 5: time }),
      tagOf(62, 'QM', { 34: time }),
      tagOf(62, 'QO', { 5: time }),
      tagOf(62, 'QO', { 34: time }),
      tagOf(96, 'Q1', { 21: time }),
      tagOf(96, 'Q9', { 67: time }),
      tagOf(96, 'QA', { 67: time }),
    ]) {
      const others = [...PLAIN, tagOf(107, '4P'), tagOf(96, 'Q2'), tagOf(62, 'QO'), tagOf(27, 'VL')]
      assert.equal(latestOf(...others, tag, tagOf(27, 'VA')), NINE + 7, tag.toString())
      assert.equal(latestOf(tag, ...others), NINE + 7, tag.toString())
    }
  })

  test('is the latest of several', () => {
    const at = (time: string): Buffer => tagOf(62, 'QM', { 5: time })
    const [early, late] = ['090000000007', '090000000008'].map(at)
    assert.equal(latestOf(early!, late!), NINE + 8)
    assert.equal(latestOf(late!, early!), NINE + 8)
  })
})
