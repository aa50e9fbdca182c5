import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVariety } from '../../../bench/ingest/variety.ts'
import { SETTLED } from '../../../bench/opening.ts'
import { ALL_TAGS, encodeFlexMessage, MAX_MESSAGE_BYTES } from '../../../local/exchange/flex.ts'
import { ASKS, BIDS, emptyBoard } from '../../../market/board.ts'
import { PRICE_SCALE } from '../../../market/units.ts'

const MASTER = { code: '1301', name: '', section: '', unit: 100, basePrice: 0, topix500: false }
const MESSAGES = 40

test('variety reports gaps, quantities, busy issues and message contents', () => {
  const board = emptyBoard('1301')
  const put = (at: number, yen: number, quantity: number): void => {
    board.values[at] = yen * PRICE_SCALE
    board.values[at + 1] = quantity
  }
  put(ASKS, 501, 100)
  put(ASKS + 2, 502, 300)
  put(ASKS + 4, 504, 300)
  put(BIDS, 500, 500)
  put(BIDS + 2, 499, 500)
  const variety = createVariety({ issues: [MASTER] })
  const target = new Uint8Array(MAX_MESSAGE_BYTES)
  for (let sequence = 1; sequence <= MESSAGES; sequence++) {
    const message = { line: 1, sequence, board, tags: sequence === 1 ? ALL_TAGS : 0 } as const
    const bytes = target.slice(0, encodeFlexMessage(target, 0, message))
    variety.add({ kind: 'message', line: 1, sequence, time: SETTLED, issue: '1301', board, bytes })
  }
  assert.deepEqual(variety.notes(), [
    'Levels: 50% of the sides of a board leave out prices, at 33% of their steps.',
    'Quantities at a level, in trading units: 1 in 20%, median 3, 99% up to 5; 3 different ones.',
    'Messages by issue: the busiest 1% have 100% of them, 10% have 100%, the one in the middle 40.',
    'Messages by what they carry: a trade 3%; no level 98%, one 0%, two to nine 0%, all ten 3%.',
  ])
})
