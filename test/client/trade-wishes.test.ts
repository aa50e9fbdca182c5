import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createTradeWishes, type TradePlace } from '../../client/trade-wishes.ts'
import { asEpochMicros } from '../../market/units.ts'

const place = (sequence: number, date = '2026-11-20'): TradePlace => ({ date, sequence })
const missed = (issue: string, sequence: number) => ({
  ...{ issue, date: '2026-11-20', follows: 10, sequence, time: asEpochMicros(0) },
  trades: [],
})

suite('wishes for the trades after a place', () => {
  test('are asked for once, from the earliest place', () => {
    let needs = 0
    const wishes = createTradeWishes(() => needs++)
    wishes.add('7203', place(10), () => {})
    wishes.add('7203', place(8), () => {})
    assert.equal(needs, 2)
    assert.equal(wishes.needsServer('7203'), true)
    assert.equal(wishes.needsServer('6758'), false)
    assert.deepEqual(wishes.position('7203', undefined), place(8))
    assert.deepEqual(wishes.position('7203', place(9)), place(8))
    assert.deepEqual(wishes.position('7203', place(7)), place(7))
    assert.deepEqual(wishes.position('7203', place(7, '2026-11-24')), place(8))
    assert.deepEqual(wishes.position('6758', place(7)), place(7))
    assert.equal(wishes.position('6758', undefined), undefined)
    wishes.asked(['7203'])
    assert.equal(wishes.needsServer('7203'), false)
  })

  test('ask again on another connection until they are answered', () => {
    const wishes = createTradeWishes(() => {})
    const answers: number[] = []
    wishes.add('7203', place(10), ({ sequence }) => answers.push(sequence))
    wishes.asked(['7203'])
    assert.deepEqual(wishes.position('7203', place(20)), place(10))
    wishes.answered(missed('6758', 30))
    wishes.answered(missed('7203', 31))
    wishes.answered(missed('7203', 32))
    assert.deepEqual(answers, [31, 32])
    assert.deepEqual(wishes.position('7203', place(20)), place(20))
  })

  test('end', () => {
    const wishes = createTradeWishes(() => {})
    const answers: number[] = []
    const end = wishes.add('7203', place(10), ({ sequence }) => answers.push(sequence))
    end()
    wishes.answered(missed('7203', 31))
    assert.deepEqual(answers, [])
    assert.equal(wishes.needsServer('7203'), false)
    assert.equal(wishes.position('7203', undefined), undefined)
  })
})
