import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ABSENT,
  ASKS,
  BIDS,
  boardsEqual,
  copyBoard,
  emptyBoard,
  F,
  FIELD_COUNT,
  fieldOf,
  orZero,
  statusCode,
  statusNumber,
  TIME_FIELDS,
} from '../../market/board.ts'

test('boards are equal if the issue and every field are equal', () => {
  const board = emptyBoard('7203')
  assert.equal(boardsEqual(board, emptyBoard('7203')), true)
  assert.equal(boardsEqual(board, emptyBoard('6758')), false)
  for (let field = 0; field < FIELD_COUNT; field++) {
    const other = copyBoard(board)
    other.values[field] = 0
    assert.equal(boardsEqual(board, other), false, String(field))
  }
})

test('an empty board has no value; a copy does not change with it', () => {
  const board = emptyBoard('7203')
  const copy = copyBoard(board)
  board.values[F.volume] = 0
  assert.deepEqual([fieldOf(board, F.volume), fieldOf(copy, F.volume)], [0, undefined])
  assert.deepEqual([orZero(ABSENT), orZero(5)], [0, 5])
})

test('ten levels a side follow the scalar fields', () => {
  assert.deepEqual([ASKS, BIDS, FIELD_COUNT], [26, 46, 66])
})

test('the time fields are the fields whose name ends with Time', () => {
  const named = Object.entries(F).filter(([name]) => name.endsWith('Time'))
  assert.deepEqual(
    TIME_FIELDS,
    named.map(([, field]) => field),
  )
  assert.equal(TIME_FIELDS.length, 8)
})

test('a status code of one or two characters is one number', () => {
  assert.equal(statusNumber('A0'), 0x4130)
  assert.equal(statusNumber('B'), 0x4220)
  for (const code of ['A0', 'B', '20']) assert.equal(statusCode(statusNumber(code)), code)
})
