import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  ALL_TAGS,
  changedTags,
  encodeFlexMessage,
  MAX_MESSAGE_BYTES,
  snapshotMessage,
} from '../../../local/exchange/flex.ts'
import {
  ABSENT,
  ASKS,
  BIDS,
  type Board,
  boardsEqual,
  copyBoard,
  emptyBoard,
  F,
  LEVELS,
  statusNumber,
} from '../../../market/board.ts'
import { readFlexMessage } from './flex-reader.ts'

const SECOND = 1_000_000
const microTime = fc.integer({ min: 0, max: 86_400 * SECOND - 1 })
const secondTime = fc.integer({ min: 0, max: 86_399 }).map(seconds => seconds * SECOND)
const price = fc.integer({ min: 1, max: 100_000_000 }).map(tenths => tenths * 1_000)
const quantity = fc.integer({ min: 0, max: 99_999_999_999_999 })
const flag = fc.integer({ min: 0, max: 9 })

/** Groups of fields that are blank or set together, as in a tag. */
const GROUPS: readonly (readonly [fields: readonly number[], values: readonly fc.Arbitrary<number>[]])[] = [
  [
    [F.open, F.openTime],
    [price, secondTime],
  ],
  [
    [F.high, F.highTime],
    [price, secondTime],
  ],
  [
    [F.low, F.lowTime],
    [price, secondTime],
  ],
  [
    [F.last, F.lastTime],
    [price, microTime],
  ],
  [
    [ASKS, ASKS + 1, F.askTime, F.askSign],
    [price, quantity, microTime, flag],
  ],
  [
    [BIDS, BIDS + 1, F.bidTime, F.bidSign],
    [price, quantity, microTime, flag],
  ],
  [[F.volumeTime], [secondTime]],
  ...[F.highStop, F.lowStop, F.closing].map(field => [[field], [flag]] as const),
  ...[F.marketSell, F.marketBuy, F.over, F.under].map(field => [[field], [quantity]] as const),
  ...[ASKS, BIDS].flatMap(side =>
    Array.from(
      { length: LEVELS - 1 },
      (_, i) =>
        [
          [side + 2 * i + 2, side + 2 * i + 3],
          [price, quantity],
        ] as const,
    ),
  ),
]

const board: fc.Arbitrary<Board> = fc
  .record({
    issue: fc.constantFrom('7203', '130A', '25935'),
    updateNumber: fc.integer({ min: 0, max: 99_999_999 }),
    status: fc.constantFrom('20', 'A0', 'A1', 'B', 'D'),
    statusTime: microTime,
    volume: quantity,
    turnover: quantity,
    groups: fc.tuple(...GROUPS.map(([, values]) => fc.option(fc.tuple(...values)))),
    vwap: price,
  })
  .map(({ issue, groups, vwap, status, ...scalars }) => {
    const made = emptyBoard(issue)
    for (const [name, value] of Object.entries(scalars)) made.values[F[name as keyof typeof scalars]] = value
    made.values[F.status] = statusNumber(status)
    for (const [index, [fields]] of GROUPS.entries()) {
      for (const [i, field] of fields.entries()) made.values[field] = groups[index]?.[i] ?? ABSENT
    }
    // VWAP has the time of the volume. Both are absent before the first trade.
    if (made.values[F.volumeTime] !== ABSENT) made.values[F.vwap] = vwap
    return made
  })

test('a snapshot message carries every field of any board', () => {
  fc.assert(
    fc.property(
      board,
      fc.constantFrom(1, 2, 3),
      fc.integer({ min: 0, max: 99_999_999 }),
      (made, line, sequence) => {
        const read = emptyBoard(made.issue)
        const message = readFlexMessage(snapshotMessage(made, line, sequence), read)
        assert.deepEqual([message.line, message.sequence, message.issue], [line, sequence, made.issue])
        assert.deepEqual(message.tags, 'NO ST 4P Q1 Q2 Q3 Q4 Q5 Q6 Q7 Q8 Q9 QA QM QO VL VA VW'.split(' '))
        assert.ok(boardsEqual(read, made))
      },
    ),
  )
})

test('the changed tags turn any board into any other', () => {
  fc.assert(
    fc.property(board, board, fc.subarray(GROUPS.map((_, index) => index)), (before, other, kept) => {
      const after = copyBoard({ issue: before.issue, values: other.values })
      for (const index of kept) {
        for (const field of GROUPS[index]![0]) after.values[field] = before.values[field]!
      }
      if (after.values[F.volumeTime] === ABSENT) after.values[F.vwap] = ABSENT
      else if (after.values[F.vwap] === ABSENT) after.values[F.vwap] = 1
      const target = new Uint8Array(MAX_MESSAGE_BYTES)
      const tags = changedTags(before.values, after.values)
      const end = encodeFlexMessage(target, 0, { line: 1, sequence: 1, board: after, tags })
      const read = copyBoard(before)
      readFlexMessage(target.subarray(0, end), read)
      assert.ok(boardsEqual(read, after))
    }),
  )
})

test('a message carries only changed tags', () => {
  const before = emptyBoard('7203')
  assert.equal(changedTags(before.values, before.values), 0)
  const after = copyBoard(before)
  after.values[ASKS + 4] = 10_000
  after.values[F.over] = 100
  const target = new Uint8Array(MAX_MESSAGE_BYTES)
  after.values.set([1, statusNumber('20'), 0], 0)
  const tags = changedTags(before.values, after.values)
  const end = encodeFlexMessage(target, 0, { line: 2, sequence: 7, board: after, tags })
  assert.deepEqual(readFlexMessage(target.subarray(0, end), emptyBoard('7203')).tags, [
    'NO',
    'ST',
    'Q3',
    'QO',
  ])
})

test('the largest message fits into its space and does not touch the bytes around it', () => {
  const made = emptyBoard('25935')
  made.values.set([99_999_999, statusNumber('20'), 1], 0)
  const target = new Uint8Array(100 + MAX_MESSAGE_BYTES).fill(0xff)
  const end = encodeFlexMessage(target, 100, { line: 3, sequence: 99_999_999, board: made, tags: ALL_TAGS })
  assert.ok(end - 100 <= MAX_MESSAGE_BYTES)
  assert.ok(target.subarray(0, 100).every(byte => byte === 0xff))
  assert.ok(target.subarray(end).every(byte => byte === 0xff))
})

test('a message of an opening matches the layout byte for byte', () => {
  const made = emptyBoard('1234')
  const { values } = made
  const opened = (9 * 3600 + 1) * SECOND
  values[F.updateNumber] = 351
  values[F.status] = statusNumber('20')
  values[F.statusTime] = opened + 63_886
  for (const field of [F.open, F.high, F.low, F.last]) values[field] = 15_005_000
  for (const field of [F.openTime, F.highTime, F.lowTime, F.volumeTime]) values[field] = opened
  values[F.lastTime] = opened + 63_886
  values[F.lowStop] = 1
  values[F.volume] = 1_200
  values[F.turnover] = 180_060_050
  values[F.vwap] = 15_005_000
  const blank = emptyBoard('1234')
  const target = new Uint8Array(MAX_MESSAGE_BYTES)
  blank.values[F.volume] = 0
  const tags = changedTags(blank.values, values)
  const end = encodeFlexMessage(target, 0, { line: 3, sequence: 132_072, board: made, tags })
  const price = '4      15005000+'
  const expected = [
    '\x11   296003001320721001010111       1234 \x12NO     351',
    'ST  120  0090001063886    ',
    `4P  ${price}0900011 ${price}09000111${price}0900011${price}0900010638861   `,
    'VL   0          1200090001 ',
    'VA   1      18006005090001 ',
    'VW   0      15005000+090001  0      15005000+090001 \x11',
  ].join('\x13')
  assert.equal(Buffer.from(target.subarray(0, end)).toString('latin1'), expected)
})
