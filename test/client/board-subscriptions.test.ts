import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBook } from '../../client/board-book.ts'
import type { BoardEvent } from '../../client/board-events.ts'
import { createSubscriptions } from '../../client/board-subscriptions.ts'
import { createRecovery } from '../../client/trade-recovery.ts'
import type { BoardJson } from '../../market/board-json.ts'
import { asEpochMicros } from '../../market/units.ts'

const TIME = '2026-11-20T09:00:00.000000+09:00'
/** {@link TIME} in epoch microseconds. */
const MOMENT = asEpochMicros(1_795_132_800_000_000)

function board(issue: string, sequence: number): BoardJson {
  return { issue, date: '2026-11-20', line: 1, sequence, time: TIME, asks: [], bids: [] }
}

/** Subscriptions that note what they report. */
function open() {
  const noted: string[] = []
  const book = createBook(true)
  const recovery = createRecovery({
    book,
    readHistory: undefined,
    answerTimeout: 1_000,
    onProgress: issue => subscriptions.progress(issue),
    onNeeds: () => noted.push('needs'),
  })
  const subscriptions = createSubscriptions({
    book,
    recovery,
    onMissed: ({ issue, sequence }) => noted.push(`missed ${issue} ${sequence}`),
    onBoard: ({ board }) => noted.push(`board ${board.issue} ${board.sequence}`),
    onWanted: (issue, view) => noted.push(`wanted ${issue}${view === 'board' ? '' : ` as ${view}`}`),
    onUnwanted: issue => noted.push(`unwanted ${issue}`),
  })
  const listen = (name: string) => (event: BoardEvent) =>
    noted.push(`${name} ${event.board.sequence}${event.snapshot ? ' whole' : ''}`)
  return { book, subscriptions, listen, take: () => noted.splice(0) }
}

test('a listener gets updates of its issue until it is removed, and the others go on', () => {
  const { subscriptions, listen, take } = open()
  const removeA = subscriptions.add('7203', listen('a'))
  subscriptions.add('7203', listen('b'))
  subscriptions.apply([{ board: board('7203', 1) }, { board: board('6758', 1) }])
  assert.deepEqual(take(), ['wanted 7203', 'wanted 7203', 'a 1 whole', 'b 1 whole', 'board 7203 1'])
  removeA()
  removeA()
  subscriptions.apply([{ issue: '7203', follows: 1, sequence: 2, time: MOMENT, changes: {} }])
  assert.deepEqual(take(), ['b 2', 'board 7203 2'])
})

test('the last listener takes the board with it, and the issue is unwanted once', () => {
  const { book, subscriptions, listen, take } = open()
  const removers = ['a', 'b'].map(name => subscriptions.add('7203', listen(name)))
  subscriptions.apply([{ board: board('7203', 1) }])
  take()
  for (const remove of [...removers, ...removers]) remove()
  assert.deepEqual(take(), ['unwanted 7203'])
  assert.equal(book.board('7203'), undefined)
  subscriptions.apply([{ board: board('7203', 2) }])
  assert.deepEqual(take(), [])
})

test('a later listener gets the board at once, without trades', () => {
  const { subscriptions, take } = open()
  subscriptions.add('7203', () => {})
  const trades = [[100, 100, 'buy', 1, 0] as const]
  subscriptions.apply([{ board: board('7203', 1), trades }])
  take()
  const events: BoardEvent[] = []
  subscriptions.add('7203', event => events.push(event))
  assert.deepEqual(events, [{ issue: '7203', board: board('7203', 1), trades: [], snapshot: true }])
})

test('200 issues are taken in the view board and 1,000 in the view quote, and the next is refused with both numbers', () => {
  const { subscriptions } = open()
  for (let index = 0; index < 200; index++) subscriptions.add(String(1301 + index), () => {})
  for (let index = 0; index < 1_000; index++)
    subscriptions.add(String(3000 + index), () => {}, { view: 'quote', trades: index % 2 === 0 })
  assert.throws(() => subscriptions.add('9999', () => {}), {
    name: 'RangeError',
    message: 'expected at most 200 issues in the view board, got 9999 in addition to 200',
  })
  assert.throws(() => subscriptions.add('9999', () => {}, { view: 'quote' }), {
    name: 'RangeError',
    message: 'expected at most 1000 issues in the view quote, got 9999 in addition to 1000',
  })
  assert.throws(() => subscriptions.add('3000', () => {}), RangeError)
  // A second listener of a subscribed issue adds no issue.
  const remove = subscriptions.add('1301', () => {}, { view: 'quote' })
  remove()
  subscriptions.add('3000', () => {}, { view: 'quote' })
})

test('a text that is no issue code is refused, and nothing is wanted', () => {
  const { subscriptions, take } = open()
  for (const text of ['7203.T', '0000', '', '130a', ' 7203', '72030', '130B'])
    assert.throws(() => subscriptions.add(text, () => {}), {
      name: 'RangeError',
      message: `expected an issue code in upper case, such as 7203 or 130A, got ${JSON.stringify(text)}`,
    })
  assert.deepEqual([take(), subscriptions.wanted()], [[], []])
  for (const issue of ['7203', '130A', '25935']) subscriptions.add(issue, () => {})
  assert.deepEqual(take(), ['wanted 7203', 'wanted 130A', 'wanted 25935'])
})

test('the widest view of the listeners of an issue wins, as long as it has its listener', () => {
  const { subscriptions, listen, take } = open()
  subscriptions.add('7203', listen('a'), { view: 'quote' })
  const removeTrades = subscriptions.add('7203', listen('b'), { view: 'quote', trades: true })
  const removeBoard = subscriptions.add('7203', listen('c'))
  const removeQuote = subscriptions.add('7203', listen('d'), { view: 'quote' })
  assert.deepEqual(take(), [
    'wanted 7203 as quote',
    'wanted 7203 as quote-trades',
    'wanted 7203',
    'wanted 7203',
  ])
  removeQuote()
  removeTrades()
  assert.deepEqual(take(), [])
  removeBoard()
  assert.deepEqual(take(), ['wanted 7203 as quote'])
})

test('an issue keeps the wider view while the narrower one has no room', () => {
  const { subscriptions, take } = open()
  subscriptions.add('7203', () => {}, { view: 'quote' })
  const remove = subscriptions.add('7203', () => {})
  for (let index = 0; index < 1_000; index++)
    subscriptions.add(String(3000 + index), () => {}, { view: 'quote' })
  take()
  remove()
  assert.deepEqual(take(), [])
})

test('a difference that waits shows a gap, until the wait is dropped', () => {
  const { book, subscriptions, take } = open()
  subscriptions.add('7203', () => {})
  subscriptions.apply([{ issue: '7203', follows: 1, sequence: 2, time: MOMENT, changes: {} }])
  assert.equal(book.hasGap('7203'), true)
  book.interrupt()
  assert.equal(book.hasGap('7203'), false)
  assert.deepEqual(take(), ['wanted 7203'])
})
