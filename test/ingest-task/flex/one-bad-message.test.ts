import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TIME_TOLERANCE } from '../../../ingest-task/flex/judge-fields.ts'
import { ASKS, BIDS, type Board, boardsEqual, F, LEVELS } from '../../../market/board.ts'
import { type LineMessage, type Run, readLine, readMessages, tagsOf, withTag } from './bad-message.ts'

const HEADER_BYTES = 41
const COUNTER_AT = 10
const LATEST = 86_399_999_999

const messages = readMessages(7)
const clean = readLine(messages)

/** Fields by the name of their tag. The fields of {@link TRADE_TAGS} are refused together. */
const FIELDS: Readonly<Record<string, readonly number[]>> = {
  NO: [F.updateNumber],
  ST: [F.status, F.statusTime],
  '4P': Array.from({ length: F.closing - F.open + 1 }, (_, index) => F.open + index),
  VL: [F.volume, F.volumeTime],
  VA: [F.turnover],
  VW: [F.vwap],
  QM: [F.marketSell, F.marketBuy],
  QO: [F.over, F.under],
  ...Object.fromEntries(
    Array.from({ length: LEVELS }, (_, level) => [
      `Q${level === LEVELS - 1 ? 'A' : level + 1}`,
      [2 * level, 2 * level + 1]
        .flatMap(offset => [ASKS + offset, BIDS + offset])
        .concat(level > 0 ? [] : [F.askTime, F.askSign, F.bidTime, F.bidSign]),
    ]),
  ),
}
/** A value that was refused is taken if the next message confirms it, so these fields may be wrong once more. */
const TWICE = ['NO', '4P', 'VL', 'VA', 'VW']

test('messages of the exchange have no impossible values', () => {
  assert.deepEqual([clean.impossible, clean.ticks.size], [0, messages.length])
})

/** Numbers in tags: the tag, the offset and the number of digits. */
const NUMBERS: readonly (readonly [string, number, number])[] = [
  ['NO', 2, 8],
  ...[5, 29, 53, 76].map(at => ['4P', at, 14] as const),
  ['Q1', 6, 14],
  ['Q1', 35, 14],
  ['Q1', 52, 14],
  ['Q3', 6, 14],
  ['Q3', 81, 14],
  ['QM', 18, 14],
  ['QO', 18, 14],
  ['QO', 47, 14],
  ['VL', 6, 14],
  ['VA', 6, 14],
  ['VW', 6, 14],
]
const TIMES: readonly (readonly [string, number, number])[] = [
  ['ST', 10, 12],
  ...[20, 44, 68].map(at => ['4P', at, 6] as const),
  ['4P', 91, 12],
  ['Q1', 21, 12],
  ['Q1', 67, 12],
  ['VL', 20, 6],
]

const ofMany = <T>(items: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...items)
const numberField = fc
  .tuple(ofMany(NUMBERS), fc.nat(), fc.nat(14), fc.boolean())
  .map(([[tag, at, width], value, digits, isNines]) => {
    const text = isNines ? '9'.repeat(Math.max(1, Math.min(width, digits))) : String(value)
    return (bytes: Uint8Array) => withTag(bytes, tag, at, text.slice(0, width).padStart(width))
  })
const timeField = fc
  .tuple(ofMany(TIMES), fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([[tag, at, width], hour, minute]) => {
    const text = String(hour).padStart(2, '0') + String(minute).padStart(2, '0')
    return (bytes: Uint8Array) => withTag(bytes, tag, at, text.padEnd(width, '5'))
  })
const anyByte = fc.tuple(fc.nat(), fc.nat(255)).map(([place, value]) => (bytes: Uint8Array) => {
  const copy = Uint8Array.from(bytes)
  copy[place % bytes.length] = value
  return copy
})
const counter = fc
  .nat(99_999_999)
  .map(value => (bytes: Uint8Array) => withHeader(bytes, COUNTER_AT, String(value).padStart(8, '0')))

function withHeader(bytes: Uint8Array, at: number, text: string): Uint8Array {
  const copy = Buffer.from(bytes)
  copy.write(text, at, 'latin1')
  return copy
}

const issueOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.subarray(28, HEADER_BYTES - 1))
    .toString('latin1')
    .trim()

test('one bad message costs at most itself', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 40, max: messages.length - 200 }),
      fc.oneof(numberField, timeField, anyByte, counter),
      (place, change) => {
        // A frame is a few messages. Where its first message has another counter, nothing shows which message it is.
        const bad = place % 4 === 0 ? place + 1 : place
        const bytes = change(messages[bad]!.bytes)
        const run = readLine(messages.with(bad, { ...messages[bad]!, bytes }), clean)
        checkOthers(run, bad, [messages[bad]!.issue, issueOf(bytes)])
        checkIssue(run, bad, messages[bad]!.issue)
        checkIssue(run, bad, issueOf(bytes))
      },
    ),
    { numRuns: 400 },
  )
})

/** All ticks of other issues are as without the bad message. */
function checkOthers(run: Run, bad: number, issues: readonly string[]): void {
  for (const [index, { issue }] of messages.entries()) {
    if (issues.includes(issue) || index === bad) continue
    const [tick, expected] = [run.ticks.get(index), clean.ticks.get(index)!]
    assert.ok(tick !== undefined, `a tick of message ${index}`)
    assert.deepEqual(tick, expected, `message ${index} of ${issue}`)
  }
}

/** Later ticks of the issue are right in every field that a message has set since. */
function checkIssue(run: Run, bad: number, issue: string): void {
  const counts = new Map<string, number>()
  const certain = messages[bad]!.arrival + TIME_TOLERANCE
  let before: { board: Board; isRight: boolean } | undefined
  for (const [index, message] of messages.entries()) {
    if (index < bad || message.issue !== issue) continue
    const [tick, expected] = [run.ticks.get(index), clean.ticks.get(index)!]
    if (tick !== undefined) {
      assert.ok(
        tick.time <= message.arrival + frameLength(index) + TIME_TOLERANCE,
        `time of message ${index}`,
      )
      assert.ok(
        tick.time >= expected.time - 2 * TIME_TOLERANCE || tick.lost,
        `early time of message ${index}`,
      )
    }
    if (index === bad) continue
    // After an unreadable message its issue waits for the snapshot, which follows the frame.
    if (tick === undefined && run.snapshots > 0 && index < bad + 4 - (bad % 4)) continue
    assert.ok(tick !== undefined, `a tick of message ${index}`)
    for (const tag of tagsOf(message.bytes)) counts.set(tag, (counts.get(tag) ?? 0) + 1)
    for (const [tag, count] of counts) {
      if (count < (TWICE.includes(tag) ? 2 : 1)) continue
      for (const field of FIELDS[tag]!) {
        assert.equal(
          tick.board.values[field],
          expected.board.values[field],
          `field ${field} of message ${index}`,
        )
      }
    }
    if (expected.time >= certain) assert.equal(tick.time, expected.time, `time of message ${index}`)
    const isRight = boardsEqual(tick.board, expected.board)
    if (isRight && before?.isRight === true && !tick.lost) assert.deepEqual(tick.trade, expected.trade)
    before = { board: tick.board, isRight }
  }
}

/** The messages of a frame come together: µs between a message and the last one of its frame. */
function frameLength(index: number): number {
  const last = Math.min(messages.length - 1, index - (index % 4) + 3)
  return messages[last]!.arrival - messages[index]!.arrival
}

/** Returns a copy of the messages with one changed. */
function changed(index: number, change: (bytes: Uint8Array) => Uint8Array): LineMessage[] {
  return messages.with(index, { ...messages[index]!, bytes: change(messages[index]!.bytes) })
}

/** A trade that is not the first one of its issue. */
const traded = messages.findIndex(
  ({ issue }, index) =>
    clean.ticks.get(index)?.trade !== undefined &&
    messages.some(
      (earlier, place) => place < index && earlier.issue === issue && clean.ticks.get(place)?.trade,
    ),
)

test('a message of the future has the time of its arrival, and its board and trade are right', () => {
  const run = readLine(changed(traded, bytes => withTag(bytes, 'ST', 10, '235959999999')))
  const [tick, expected] = [run.ticks.get(traded)!, clean.ticks.get(traded)!]
  assert.equal(run.impossible, 1)
  assert.ok(tick.time < LATEST && tick.time >= expected.time)
  assert.deepEqual(tick.trade, expected.trade)
  for (const field of [F.last, F.volume, F.turnover, F.high]) {
    assert.equal(tick.board.values[field], expected.board.values[field])
  }
})

test('totals that fall or leap make no trade; the next message makes the whole trade', () => {
  for (const text of ['0'.padStart(14), '9'.repeat(14), '400000000000'.padStart(14)]) {
    for (const tag of ['VL', 'VA']) {
      const run = readLine(changed(traded, bytes => withTag(bytes, tag, 6, text)))
      const { issue } = messages[traded]!
      const later = [...run.ticks].filter(([index, { board }]) => index >= traded && board.issue === issue)
      const quantity = (from: Run): number =>
        [...from.ticks]
          .filter(([, { board }]) => board.issue === issue)
          .reduce((sum, [, { trade }]) => sum + (trade?.quantity ?? 0), 0)
      assert.equal(later[0]![1].trade, undefined)
      assert.equal(quantity(run), quantity(clean))
      assert.equal(run.impossible, 1)
    }
  }
})

test('a price of fourteen nines is not published', () => {
  for (const [tag, at] of [
    ['4P', 5],
    ['4P', 76],
    ['Q1', 6],
    ['Q1', 52],
    ['VW', 6],
  ] as const) {
    const index = messages.findIndex(({ bytes }, place) => place > 60 && tagsOf(bytes).includes(tag))
    const run = readLine(changed(index, bytes => withTag(bytes, tag, at, `${'9'.repeat(14)}+`)))
    assert.equal(run.impossible, 1, tag)
    for (const { board } of run.ticks.values()) {
      assert.ok(board.values.every(value => value < 99_999_999_999_999))
    }
  }
})

test('two messages that agree are believed', () => {
  const { issue } = messages[traded]!
  const numbers = new Map<number, number>()
  const moved = messages.map((message, index): LineMessage => {
    if (index < traded || message.issue !== issue) return message
    const number = clean.ticks.get(index)!.board.values[F.updateNumber]! + 5_000
    numbers.set(index, number)
    return { ...message, bytes: withTag(message.bytes, 'NO', 2, String(number).padStart(8)) }
  })
  const run = readLine(moved)
  assert.equal(run.impossible, 1)
  for (const [index, number] of [...numbers].slice(1)) {
    assert.equal(run.ticks.get(index)!.board.values[F.updateNumber], number)
  }
})
