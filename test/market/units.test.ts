import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  addMicros,
  addMillis,
  asEpochMicros,
  asEpochMillis,
  earlierOf,
  laterOf,
  priceToYen,
  senToYen,
  toEpochMicros,
  toEpochMillis,
  toEpochSeconds,
} from '../../market/units.ts'
import { compileErrors } from '../compile.ts'

const IMPORTS = `
import type { closePart } from '#/functions/close-of-day/close-day.ts'
import { F, fieldOf, type Board } from '#/market/board.ts'
import { momentOf, momentToIso, timeOfDay } from '#/market/moment.ts'
import * as units from '#/market/units.ts'

declare const board: Board
declare const now: units.EpochMicros
declare const deadline: units.EpochMillis
declare const expires: units.EpochSeconds
declare const date: units.TradingDate
declare const time: units.DayMicros
declare const duration: units.Micros
declare const wait: units.Millis
declare const price: units.FeedPrice
declare const turnover: units.Sen
declare const yen: units.Yen
declare const close: typeof closePart
declare const world: Parameters<typeof closePart>[0]
declare const part: Parameters<typeof closePart>[1]
`

/** Correct uses, and after them uses with units mixed up. */
const USES: readonly { readonly right: readonly string[]; readonly wrong: readonly string[] }[] = [
  {
    right: ['close(world, part, now, deadline)'],
    wrong: ['close(world, part, deadline, now)', 'close(world, part, now, Date.now())'],
  },
  {
    right: ['momentOf(date, time)', 'momentOf(date, 32_400_000_000)'],
    wrong: [
      'momentOf(time, date)',
      'momentOf(20261120, time)',
      'momentOf(date, now)',
      'momentOf(date, wait)',
    ],
  },
  {
    right: ['momentToIso(now)'],
    wrong: ['momentToIso(time)', 'momentToIso(deadline)', 'momentToIso(Date.now() * 1000)'],
  },
  {
    right: ['timeOfDay(units.toEpochMicros(deadline))'],
    wrong: ['timeOfDay(deadline)', 'timeOfDay(expires)'],
  },
  {
    right: ['units.addMicros(now, duration)', 'units.addMicros(now, 1_000_000)'],
    wrong: [
      'units.addMicros(now, wait)',
      'units.addMicros(deadline, duration)',
      'units.addMicros(now, time)',
    ],
  },
  { right: ['units.addMillis(deadline, wait)'], wrong: ['units.addMillis(deadline, duration)'] },
  {
    right: ['units.asEpochMicros(1_795_132_800_000_000)'],
    wrong: ['units.asEpochMicros(deadline)', 'units.asEpochMillis(now)', 'units.asTradingDate(now)'],
  },
  {
    right: ['fieldOf(board, F.openTime) satisfies units.DayMicros | undefined'],
    wrong: ['fieldOf(board, F.last) satisfies units.DayMicros | undefined'],
  },
  {
    right: ['units.priceToYen(price)', 'units.priceToYen(21_830_000)', 'units.senToYen(turnover)'],
    wrong: ['units.priceToYen(turnover)', 'units.priceToYen(yen)', 'units.senToYen(price)'],
  },
]

suite('units', () => {
  test('do not compile if they are mixed up', () => {
    const uses = USES.flatMap(({ right, wrong }) => [
      ...right.map(code => ({ code, compiles: true })),
      ...wrong.map(code => ({ code, compiles: false })),
    ])
    const snippets = Object.fromEntries(
      uses.map(({ code }, index) => [`use${index}`, `${IMPORTS}void (${code})`]),
    )
    const errors = compileErrors('tsconfig.json', snippets)
    for (const [index, { code, compiles }] of uses.entries()) {
      const found = errors[`use${index}`] ?? []
      if (compiles) assert.deepEqual(found, [], code)
      else assert.match(found.join(), /^TS(2345|2322|1360): /, code)
    }
  })

  test('are plain numbers at run time', () => {
    const moment = asEpochMicros(1_795_132_800_063_886)
    assert.equal(addMicros(moment, 1), 1_795_132_800_063_887)
    assert.equal(toEpochMillis(moment), 1_795_132_800_063.886)
    const start = asEpochMillis(1_795_132_800_063)
    assert.equal(addMillis(start, -63), 1_795_132_800_000)
    assert.equal(toEpochMicros(start), 1_795_132_800_063_000)
    assert.equal(toEpochSeconds(moment), 1_795_132_800.063886)
    const later = addMicros(moment, 1)
    assert.deepEqual([earlierOf(moment, later), earlierOf(later, moment)], [moment, moment])
    assert.deepEqual([laterOf(moment, later), laterOf(later, moment)], [later, later])
    assert.deepEqual([priceToYen(21_835_000), senToYen(27_916_050)], [2_183.5, 279_160.5])
  })
})
