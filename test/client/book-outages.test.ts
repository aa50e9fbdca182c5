/** A book whose connection is lost, over trading dates. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Book, createBook } from '../../client/board-book.ts'
import type { BoardJson } from '../../market/board-json.ts'
import type { Phase } from '../../market/market-event.ts'

const ISSUE = '7203'
const [TUESDAY, WEDNESDAY, THURSDAY] = ['2026-11-24', '2026-11-25', '2026-11-26'] as const

const board = (date: string): BoardJson => ({
  ...{ issue: ISSUE, date, line: 1, sequence: 5, time: `${date}T14:00:00.000000+09:00`, volume: 100 },
  ...{ asks: [], bids: [] },
})
const trades = [[100, 100, null, 5, 0]] as const

/** Applies an update that has every trade of a date. Returns its mark. */
const lostOn = (book: Book, date: string): boolean =>
  book.apply({ board: board(date), trades })?.lost ?? false

const phase = (book: Book, date: string, name: Phase, time: string): void =>
  book.phase({ type: 'phase', time: `${date}T${time}:00.000000+09:00`, phase: name })

function bookOfTuesday(): Book {
  const book = createBook()
  phase(book, TUESDAY, 'afternoon', '12:30')
  assert.equal(lostOn(book, TUESDAY), false)
  return book
}

describe('a book whose connection is lost', () => {
  it('has the mark on the next date, unless the date had ended before', () => {
    const cut = bookOfTuesday()
    cut.interrupt()
    assert.equal(lostOn(cut, WEDNESDAY), true)
    assert.equal(lostOn(cut, THURSDAY), false)
    const closed = bookOfTuesday()
    phase(closed, TUESDAY, 'closed', '16:30')
    closed.interrupt()
    assert.equal(lostOn(closed, WEDNESDAY), false)
  })

  it('has no mark if the date ends after the outage, on a connection with the same board', () => {
    const book = bookOfTuesday()
    book.interrupt()
    assert.equal(book.answer(board(TUESDAY)), undefined)
    phase(book, TUESDAY, 'closed', '16:30')
    book.interrupt()
    assert.equal(lostOn(book, WEDNESDAY), false)
  })

  it('knows that an issue without a board had no trade on the date', () => {
    for (const isAccepted of [true, false]) {
      const book = bookOfTuesday()
      phase(book, TUESDAY, 'closed', '16:30')
      book.interrupt()
      // The connection of Wednesday has no board of the issue, and lasts until the close.
      if (isAccepted) book.startDate(ISSUE, WEDNESDAY)
      phase(book, WEDNESDAY, 'closed', '16:30')
      assert.equal(lostOn(book, THURSDAY), !isAccepted)
    }
  })
})
