import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { boardsDigest, createTickDigest } from '../../../bench/ingest/digest.ts'
import { emptyBoard, F } from '../../../market/board.ts'
import type { Tick } from '../../../market/tick.ts'
import { asTradingDate } from '../../../market/units.ts'

function tickOf(issue: string, sequence: number): Tick {
  const board = emptyBoard(issue)
  board.values[F.updateNumber] = sequence
  return { tradingDate: asTradingDate(20261120), line: 1, sequence, time: 32_400_000_000 + sequence, board }
}

function digestOf(ticks: readonly Tick[]): string {
  const digest = createTickDigest()
  for (const tick of ticks) digest.add(tick)
  assert.equal(digest.count, ticks.length)
  return digest.result()
}

suite('the digest of ticks', () => {
  const [a1, a2, b3] = [tickOf('1301', 1), tickOf('1301', 2), tickOf('130A', 3)]

  test('does not depend on the order of the issues', () => {
    assert.equal(digestOf([a1, a2, b3]), digestOf([b3, a1, a2]))
  })

  test('changes if ticks of an issue are swapped, missing or repeated', () => {
    const digests = [
      [a1, a2, b3],
      [a2, a1, b3],
      [a1, b3],
      [a1, a2, a2, b3],
    ].map(digestOf)
    assert.equal(new Set(digests).size, digests.length)
  })

  test('changes with every part of a tick', () => {
    const trade = { price: 21_830_000, quantity: 100 }
    const board = emptyBoard('1301')
    const others: Tick[] = [
      a1,
      { ...a1, tradingDate: asTradingDate(20261124) },
      { ...a1, line: 2 },
      { ...a1, sequence: 9 },
      { ...a1, time: 9 },
      { ...a1, board },
      { ...a1, board: { ...board, issue: '1302' } },
      { ...a1, lost: true },
      { ...a1, trade },
      { ...a1, lost: true, trade },
      { ...a1, trade: { ...trade, price: 1 } },
      { ...a1, trade: { ...trade, quantity: 1 } },
      { ...a1, trade: { ...trade, average: 1 } },
      { ...a1, trade: { ...trade, side: 'buy' } },
      { ...a1, trade: { ...trade, side: 'sell' } },
    ]
    assert.equal(new Set(others.map(tick => digestOf([tick]))).size, others.length)
  })
})

test('the digest of boards covers the issue and every number, in any order', () => {
  const boards = [tickOf('1301', 1).board, tickOf('130A', 1).board]
  assert.equal(boardsDigest(boards), boardsDigest(boards.toReversed()))
  assert.notEqual(boardsDigest(boards), boardsDigest(boards.slice(1)))
  assert.notEqual(boardsDigest(boards), boardsDigest([tickOf('1301', 2).board, boards[1]!]))
})
