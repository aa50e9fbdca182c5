import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { pathOf } from '../../cdk/paths.ts'
import { KEEP_DAYS, STORE_UNITS_PER_LANE } from '../../cdk/sizing.ts'
import { WRITE_EVERY_MS } from '../../functions/broadcast/board-writer.ts'
import { MESSAGES_PER_EXTENSION } from '../../functions/store-ticks/half-hour-writer.ts'
import { MAX_ITEM_BYTES, MAX_PACK_TICKS } from '../../functions/store-ticks/packing.ts'
import { boardToJson } from '../../market/board-to-json.ts'
import { decodePack, encodePack } from '../../market/codec/pack.ts'
import { fnv1a } from '../../market/hash.ts'
import { isoTime, momentOf } from '../../market/moment.ts'
import { asEpochSeconds, asTradingDate } from '../../market/units.ts'
import { BOARD_GROUPS, boardGroupOf } from '../../tables/boards/board-groups.ts'
import { boardGroupId } from '../../tables/boards/board-items.ts'
import {
  bordersKey,
  daysKey,
  FINISHED_ISSUES_KEY,
  halfHoursKey,
  halfHourTime,
  minutesKey,
  type PackItem,
  packItem,
  totalsKey,
  totalsTime,
} from '../../tables/ticks/ticks-item.ts'
import { itemBytes } from '../../tables/ticks/write-units.ts'

const DATE = asTradingDate(20261120)
/** Names of the numbers that the document writes as words. */
const NUMBER_NAMES = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']
const storage = readFileSync(pathOf('docs/storage.md'), 'utf8')
const format = readFileSync(pathOf('docs/pack-format.md'), 'utf8')
const [, json = ''] = /```json\n([\s\S]*?)```/.exec(format) ?? []
/** The document's item as DynamoDB has it: each value under its attribute type. */
const document = JSON.parse(json) as Record<keyof PackItem, { S?: string; N?: string; B?: string }>
const pack = Buffer.from(document.pack.B ?? '', 'base64')
const ticks = decodePack(pack)
const [first] = ticks
const item = packItem('7203', DATE, first!, pack, asEpochSeconds(Number(document.expires.N)))

test('the item of the example is an item of store-ticks, with the bytes that the document states', () => {
  assert.deepEqual(document, {
    key: { S: item.key },
    time: { S: item.time },
    pack: { B: pack.toString('base64') },
    expires: { N: String(item.expires) },
  })
  assert.deepEqual(Buffer.from(encodePack(decodePack(item.pack))), pack)
  assert.ok(format.includes(`ticks in ${pack.length} bytes, and has ${itemBytes(item)} as DynamoDB counts`))
  const lengths = [1, 2, 3].map(count => encodePack(ticks.slice(0, count)).length)
  const bodies = [lengths[0]! - 11, lengths[1]! - lengths[0]!, lengths[2]! - lengths[1]!]
  assert.match(
    format.replace(/\s+/g, ' '),
    new RegExp(
      `first tick takes ${bodies[0]} of them, the second, with a trade, ${bodies[1]} and the third ${bodies[2]}\\.`,
    ),
  )
})

test('the first and last bytes of the example are those of its pack', () => {
  const hex = (bytes: Uint8Array): string =>
    [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join(' ')
  const ends = /begins `([0-9a-f ]+)` and ends `([0-9a-f ]+)`/.exec(format)
  assert.deepEqual([hex(pack.subarray(0, 7)), hex(pack.subarray(-5))], ends?.slice(1))
})

test('the table of the example shows the ticks of its pack', () => {
  const number = (value: number | undefined): string => (value ?? 0).toLocaleString('en-US')
  const rows = format
    .split('\n')
    .filter(line => /^\| +\d{5} \|/.test(line))
    .map(line =>
      line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim()),
    )
  const level = ([price, quantity]: readonly [number?, number?]): string =>
    `${number(price)} × ${number(quantity)}`
  assert.deepEqual(
    rows,
    ticks.map(tick => {
      const { last, volume, asks, bids } = boardToJson(tick)
      const { trade } = tick
      return [
        String(tick.sequence),
        isoTime(tick.tradingDate, tick.time).slice(11, 26),
        number(last?.price),
        number(volume),
        level(asks![0]! as [number, number]),
        level(bids![0]! as [number, number]),
        trade === undefined ? '' : `${number(trade.quantity)} at ${number(trade.price / 10_000)}`,
      ]
    }),
  )
})

test('keys, limits, days and pace in the document are those of the code', () => {
  const keys = [
    item,
    bordersKey('1-0', DATE),
    { key: halfHoursKey('7203', DATE), time: halfHourTime(9 * 3_600_000_000) },
    { key: totalsKey('1-0'), time: totalsTime(DATE, 34_200_063_886) },
    { key: daysKey('7203'), time: '20261120' },
    { key: minutesKey('7203'), time: '20261120' },
    { key: FINISHED_ISSUES_KEY, time: '07' },
  ]
  for (const { key, time } of keys) {
    assert.match(storage, new RegExp(`^\\| \`${key}\` +\\| \`${time}\` +\\|`, 'm'))
  }
  assert.ok(
    storage.includes(
      `${MAX_ITEM_BYTES.toLocaleString('en-US')} bytes and ${MAX_PACK_TICKS.toLocaleString('en-US')} ticks at most`,
    ),
  )
  assert.ok(storage.includes(`\`KEEP_DAYS\` in \`cdk/sizing.ts\`, ${KEEP_DAYS},`))
  const messages = MESSAGES_PER_EXTENSION.toLocaleString('en-US')
  assert.ok(storage.includes(`after each ${messages} messages of an issue`))
  assert.ok(storage.includes(`a pace of ${STORE_UNITS_PER_LANE} units/s for each lane`))
  assert.equal(momentOf(DATE, 0) / 1e6 + (KEEP_DAYS + 1) * 86_400, item.expires)
})

test('the groups of boards and their interval in the document are those of the code', () => {
  assert.match(storage, new RegExp(`^\\| \`${boardGroupId(17)}\` +\\|`, 'm'))
  assert.ok(storage.includes(`the group \`fnv1a(code) mod ${BOARD_GROUPS}\``))
  assert.equal(boardGroupOf('7203'), fnv1a('7203') % BOARD_GROUPS)
  const seconds = NUMBER_NAMES[WRITE_EVERY_MS / 1_000]
  assert.ok(storage.includes(`writes a group every ${seconds} seconds`))
})
