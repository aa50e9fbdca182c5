import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_ITEM_BYTES, MAX_PACK_TICKS, packItems } from '../../../functions/store-ticks/packing.ts'
import { decodePack } from '../../../market/codec/pack.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochSeconds } from '../../../market/units.ts'
import { itemBytes } from '../../../tables/ticks/write-units.ts'
import { busyTicks } from './busy-ticks.ts'

const EXPIRES = asEpochSeconds(1_795_618_800)
const packsOf = (ticks: readonly Tick[], borders: readonly number[]): Tick[][] =>
  packItems(ticks, borders, EXPIRES).map(item => decodePack(item.pack))

test('packs of many ticks keep both limits and have each tick once, in order', () => {
  const [tick] = busyTicks(1)
  const unchanged = Array.from({ length: 2 * MAX_PACK_TICKS + 1 }, (_, index) => ({
    ...tick!,
    sequence: index + 1,
    time: tick!.time + index,
  }))
  for (const ticks of [unchanged, busyTicks(5_000)]) {
    const items = packItems(ticks, [], EXPIRES)
    const packs = items.map(item => decodePack(item.pack))
    assert.ok(items.length > 2)
    assert.ok(items.every(item => itemBytes(item) <= MAX_ITEM_BYTES))
    assert.ok(packs.every(pack => pack.length <= MAX_PACK_TICKS))
    assert.deepEqual(
      packs.flat().map(({ sequence }) => sequence),
      ticks.map(({ sequence }) => sequence),
    )
  }
})

test('no pack spans a border, and there are no more packs than the borders require', () => {
  const ticks = busyTicks(60)
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 70 }), { maxLength: 5 }), borders => {
      const packs = packsOf(ticks, borders)
      for (const border of borders) {
        for (const pack of packs)
          assert.ok(pack.at(-1)!.sequence <= border || pack[0]!.sequence > border, `border ${border}`)
      }
      const crossed = new Set(borders.filter(border => border >= 1 && border < 60))
      assert.equal(packs.length, crossed.size + 1)
      assert.deepEqual(packs.flat(), ticks)
    }),
  )
})

test('ticks that are stored after the last one go into one pack with it, whatever the borders', () => {
  const ticks = busyTicks(12)
  const stored = packItems(ticks.slice(0, 8), [4, 10], EXPIRES, ticks.slice(8))
  assert.deepEqual(
    stored.map(item => decodePack(item.pack).map(({ sequence }) => sequence)),
    [
      [1, 2, 3, 4],
      [5, 6, 7],
      [8, 9, 10, 11, 12],
    ],
  )
  assert.deepEqual(
    stored.map(({ key, time, expires }) => [key, time, expires]),
    [
      ['7203#20261120', '032400000000#000000001', EXPIRES],
      ['7203#20261120', '032400004000#000000005', EXPIRES],
      ['7203#20261120', '032400007000#000000008', EXPIRES],
    ],
  )
  const alone = packItems(ticks.slice(0, 1), [], EXPIRES, ticks.slice(1, 3))
  assert.deepEqual(
    alone.map(item => decodePack(item.pack).map(({ sequence }) => sequence)),
    [[1, 2, 3]],
  )
})
