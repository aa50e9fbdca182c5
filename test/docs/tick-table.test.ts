import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { tickSize } from '../../market/tick-size.ts'
import { PRICE_SCALE } from '../../market/units.ts'

/** Yen. A price above all bands of the table. */
const HIGH = 60_000_000

test('the tick sizes in docs/rest.md are those of the code', () => {
  const text = readFileSync(new URL('../../docs/rest.md', import.meta.url), 'utf8')
  const [, table = ''] = text.split('| price up to (yen) |')
  const rows = table
    .split('\n\n', 1)[0]!
    .split('\n')
    .slice(2)
    .map(row =>
      row
        .split('|')
        .slice(1, 4)
        .map(cell => Number(cell.trim().replaceAll(',', ''))),
    )
  assert.equal(rows.length, 16)
  let before = 0
  for (const [upTo = Number.NaN, fine, coarse] of rows) {
    const ends = Number.isNaN(upTo) ? [HIGH] : [before + 0.1, upTo]
    for (const yen of ends) {
      const price = Math.round(yen * PRICE_SCALE)
      const sizes = [true, false].map(topix500 => tickSize(price, topix500) / PRICE_SCALE)
      assert.deepEqual(sizes, [fine, coarse], `${yen} yen`)
    }
    before = upTo
  }
})
