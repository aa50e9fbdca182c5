import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { bordersItem } from '../../../functions/store-ticks/lane-borders.ts'
import type { DayRecord } from '../../../market/day-record.ts'
import { addMillis, asEpochSeconds, asTradingDate, nowMillis } from '../../../market/units.ts'
import { dayItems } from '../../../tables/ticks/day-items.ts'
import { putItems } from '../../../tables/ticks/put-items.ts'
import {
  bordersKey,
  daysKey,
  dayTime,
  FINISHED_ISSUES_KEY,
  halfHoursKey,
  halfHourTime,
  LAST_SEQUENCE,
  minutesKey,
  packItem,
  packKey,
  packTime,
  watermarksKey,
} from '../../../tables/ticks/ticks-item.ts'
import { createPace } from '../../../tables/ticks/write-pace.ts'
import { addTicksTable, startTables, type Tables } from '../../functions/tables.ts'

const DATE = asTradingDate(20261120)

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

test('keys of packs sort as text by time, then sequence', () => {
  assert.equal(packKey('130A', DATE), '130A#20261120')
  const place = fc.record({
    time: fc.nat({ max: 86_399_999_999 }),
    sequence: fc.nat({ max: 999_999_999 }),
  })
  fc.assert(
    fc.property(place, place, (a, b) => {
      const byNumber = a.time - b.time || a.sequence - b.sequence
      const [textA, textB] = [packTime(a), packTime(b)]
      assert.equal(Math.sign(byNumber), textA < textB ? -1 : textA > textB ? 1 : 0)
    }),
  )
})

test('each kind of item has a partition and a sort key of its own', () => {
  assert.equal(packTime({ time: 32_400_000_000, sequence: 12_345 }), '032400000000#000012345')
  assert.equal(packTime({ time: 0, sequence: LAST_SEQUENCE }), '000000000000#999999999')
  assert.deepEqual(
    [halfHoursKey('7203', DATE), halfHourTime(32_400_000_000)],
    ['7203#20261120#minutes', '032400000000'],
  )
  assert.deepEqual(
    [daysKey('7203'), minutesKey('7203'), dayTime(DATE)],
    ['7203#days', '7203#minutes', '20261120'],
  )
  assert.deepEqual(bordersKey('1-0', DATE), { key: '1-0#borders', time: '20261120' })
  assert.equal(watermarksKey(DATE), 'stored#20261120')
  assert.equal(FINISHED_ISSUES_KEY, 'finished#issues')
})

test('items keep their attribute types in the table, because stored items outlive the code', async () => {
  const record: DayRecord = {
    issue: '7203',
    date: DATE,
    prices: {},
    last: { time: 1, sequence: 2 },
    count: 3,
    lost: false,
    final: true,
    minutes: [],
  }
  const expires = asEpochSeconds(1_795_618_800)
  const range = { line: 1, lane: 0, tradingDate: DATE, first: 5, last: 9 }
  const table = await addTicksTable(tables)
  const items = [
    packItem('7203', DATE, { time: 34_200_063_886, sequence: 48_120 }, Uint8Array.of(1, 2, 3), expires),
    bordersItem(range, [3, 7], expires),
    ...dayItems(record, expires),
  ]
  assert.deepEqual(await putItems(table, items, addMillis(nowMillis(), 10_000), createPace(1_000_000)), [])
  const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: table.table }))
  const keys = (key: string, time: string) => ({
    key: { S: key },
    time: { S: time },
    expires: { N: `${expires}` },
  })
  const byKey = new Map(Items.map(item => [item.key?.S, item]))
  assert.deepEqual(byKey.get('7203#20261120'), {
    ...keys('7203#20261120', '034200063886#000048120'),
    pack: { B: Uint8Array.of(1, 2, 3) },
  })
  assert.deepEqual(byKey.get('1-0#borders'), { ...keys('1-0#borders', '20261120'), borders: { S: '3,7,9' } })
  assert.deepEqual(byKey.get('7203#days'), {
    ...keys('7203#days', '20261120'),
    day: {
      S: '{"date":20261120,"prices":{},"last":{"time":1,"sequence":2},"count":3,"lost":false,"final":true}',
    },
  })
  const { minutes, ...rest } = byKey.get('7203#minutes')!
  assert.deepEqual(rest, keys('7203#minutes', '20261120'))
  assert.ok(minutes?.B instanceof Uint8Array)
})
