import assert from 'node:assert/strict'
import { test } from 'node:test'
import { missedBetween, newIssue } from '../../../ingest-task/flex/line-issue.ts'
import { ABSENT, type Board, emptyBoard, F } from '../../../market/board.ts'

function numbered(updateNumber: number): Board {
  const board = emptyBoard('7203')
  board.values[F.updateNumber] = updateNumber
  return board
}

/** Messages that are missing between update number `earlier` of message 100 and number `later` of message `next`. */
const missed = (earlier: number, later: number, next = 200): number =>
  missedBetween({ ...newIssue('7203', 0), board: numbered(later), sequence: 100 }, numbered(earlier), next)

test('a new issue has an empty board, and nothing is doubted', () => {
  assert.deepEqual(newIssue('7203', 9), {
    board: emptyBoard('7203'),
    sequence: 0,
    time: 0,
    floor: 9,
    isBad: false,
    isGuess: false,
    passed: 0,
    doubt: { number: false, trades: false },
  })
})

test('missing messages are the update numbers in between', () => {
  assert.deepEqual([missed(5, 6), missed(5, 7), missed(5, 15)], [0, 1, 9])
})

test('an update number that falls or stays shows no missing message', () => {
  assert.deepEqual([missed(5, 5), missed(5, 1)], [0, 0])
})

test('an unknown update number counts as one missing message', () => {
  assert.deepEqual([missed(ABSENT, 6), missed(5, ABSENT)], [1, 1])
})

test('no more messages are missing than the line has sent', () => {
  assert.deepEqual([missed(5, 500, 102), missed(5, 500, 101), missed(ABSENT, 6, 101)], [1, 0, 0])
})

test('before the first message of an issue, all its update numbers are missing', () => {
  const state = { ...newIssue('7203', 0), board: numbered(4) }
  assert.equal(missedBetween(state, numbered(ABSENT), 200), 3)
})
