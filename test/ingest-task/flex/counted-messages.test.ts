import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { LineBoards } from '../../../ingest-task/flex/line-boards.ts'
import type { FlexError } from '../../../ingest-task/flex/read-digits.ts'
import { elsewhereMessage, snapshotMessage } from '../../../local/exchange/flex.ts'
import { emptyBoard, F } from '../../../market/board.ts'
import type { Tick } from '../../../market/tick.ts'
import { asTradingDate } from '../../../market/units.ts'
import { newLineBoards } from '../new-line-boards.ts'

const LINE = 1
const DATE = asTradingDate(20261120)
/** How far a counter of a snapshot may be ahead. */
const MAX_LEAD = 5_000_000
/** Bytes of the header; the name of the first tag follows. */
const HEADER_BYTES = 41

/** Returns a message of an issue with an update number. */
function message(issue: string, sequence: number, updateNumber: number): Uint8Array {
  const board = emptyBoard(issue)
  board.values[F.updateNumber] = updateNumber
  board.values[F.statusTime] = 1000 * (sequence % 1000)
  return snapshotMessage(board, LINE, sequence)
}

/** Returns the message with an unreadable tag. */
function broken(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[HEADER_BYTES] = '?'.charCodeAt(0)
  return copy
}

const COUNTS = ['messages', 'ticks', 'repeats', 'lost', 'before', 'elsewhere'] as const
type Counted = Partial<Record<(typeof COUNTS)[number], number>>

function openBoards(published?: Parameters<typeof newLineBoards>[3]) {
  const ticks: string[] = []
  const onTick = ({ board, sequence, lost }: Tick): void => {
    ticks.push(`${board.issue} ${sequence}${lost === undefined ? '' : ' lost'}`)
  }
  const boards = newLineBoards(LINE, DATE, onTick, published)
  const errors: string[] = []
  const note = ({ reason }: FlexError): void => void errors.push(reason)
  return {
    boards,
    errors,
    take: () => ticks.splice(0),
    merge: (...some: Uint8Array[]) => boards.merge(Buffer.concat(some)),
    passOver: (...some: Uint8Array[]) => boards.merge(Buffer.concat(some), note),
    replace: (...some: Uint8Array[]) => boards.replace(Buffer.concat(some)),
    replaceAnyway: (...some: Uint8Array[]) => boards.replace(Buffer.concat(some), note),
  }
}

function assertCounts({ counts }: LineBoards, expected: Counted): void {
  const zero = Object.fromEntries(COUNTS.map(name => [name, 0]))
  const got = Object.fromEntries(COUNTS.map(name => [name, counts[name]]))
  assert.deepEqual(got, { ...zero, ...expected })
}

/** Boards of two issues from a snapshot after message 10. */
function joined() {
  const opened = openBoards()
  opened.replace(message('1301', 9, 4), message('7203', 10, 6))
  opened.boards.endSnapshot()
  opened.take()
  return opened
}

suite('live messages', () => {
  test('are counted, and each makes a tick', () => {
    const { boards, merge, take } = openBoards()
    merge(message('1301', 1, 1), message('7203', 2, 1))
    assert.deepEqual(take(), ['1301 1', '7203 2'])
    assert.equal(boards.reached, 2)
    assertCounts(boards, { messages: 2, ticks: 2 })
  })

  test('up to the counter reached are repeats', () => {
    const { boards, merge, take } = joined()
    merge(message('1301', 9, 4), message('7203', 10, 6), message('1301', 11, 5))
    assert.deepEqual(take(), ['1301 11'])
    assertCounts(boards, { messages: 5, ticks: 3, repeats: 2, before: 8 })
  })

  test('after a gap are refused, between frames and within a frame', () => {
    const { boards, merge, take } = joined()
    assert.throws(() => merge(message('1301', 12, 5)), {
      message: 'offset 0: expected message 11 of line 1, got message 12',
    })
    const first = message('1301', 11, 5)
    assert.throws(() => merge(first, message('7203', 13, 7)), {
      message: `offset ${first.length}: expected message 12 of line 1, got message 13`,
    })
    assert.throws(
      () => merge(message('1301', 8, 3), message('1301', 10, 4)),
      /expected message 9 .* message 10$/,
    )
    assert.deepEqual(take(), ['1301 11'])
    assert.equal(boards.reached, 11)
  })

  test('of other exchanges are passed', () => {
    const { boards, merge, take } = joined()
    merge(elsewhereMessage(LINE, 11, '1301'), message('1301', 12, 5))
    assert.deepEqual(take(), ['1301 12'])
    assertCounts(boards, { messages: 4, ticks: 3, elsewhere: 1, before: 8 })
  })

  test('that another process has published are repeats, issue by issue', () => {
    const published = {
      boards: [],
      last: 10,
      lost: 3,
      floor: (issue: string) => (issue === '1301' ? 12 : 10),
    }
    const { boards, merge, take } = openBoards(published)
    merge(message('7203', 11, 1), message('1301', 12, 1), message('1301', 13, 2))
    assert.deepEqual(take(), ['7203 11', '1301 13'])
    assert.equal(boards.reached, 13)
    assertCounts(boards, { messages: 3, ticks: 2, repeats: 1, lost: 3 })
  })
})

suite('a bad live message', () => {
  test('changes nothing, and neither do the messages after it', () => {
    const { boards, merge, take } = joined()
    assert.throws(() => merge(message('1301', 11, 5), broken(message('7203', 12, 7)), message('1301', 13, 6)))
    assert.deepEqual([take(), boards.reached, boards.whole], [['1301 11'], 11, true])
  })

  test('is lost when it is passed over, and its issue waits for a whole board', () => {
    const { boards, passOver, replace, take, errors } = joined()
    passOver(broken(message('7203', 11, 7)), message('1301', 12, 5), message('7203', 13, 8))
    assert.equal(errors.length, 1)
    assert.deepEqual([take(), boards.reached, boards.whole], [['1301 12'], 13, false])
    assertCounts(boards, { messages: 5, ticks: 3, lost: 2, before: 8 })
    // Its update number shows both messages as missing; they are counted already.
    replace(message('7203', 13, 9))
    assert.deepEqual([take(), boards.whole], [['7203 13 lost'], true])
    assertCounts(boards, { messages: 6, ticks: 4, lost: 2, before: 8 })
  })

  test('that was passed over is a repeat until a snapshot ends, even if its counter is unreadable', () => {
    const { boards, passOver, merge } = joined()
    const frame = [message('7203', 10, 6), Uint8Array.from(message('7203', 11, 7)).fill(0x21, 10, 18)]
    passOver(...frame)
    assert.equal(boards.reached, 11)
    merge(...frame)
    assertCounts(boards, { messages: 6, ticks: 2, lost: 1, repeats: 3, before: 8 })
    boards.endSnapshot()
    assert.throws(() => merge(...frame), /expected digits after blanks/)
  })

  test('of an unknown issue makes the boards bad until a snapshot ends: its code may be bad too', () => {
    const { boards, passOver, take } = joined()
    passOver(broken(message('9984', 11, 1)), message('9984', 12, 2))
    assert.deepEqual([take(), boards.whole], [[], false])
    boards.endSnapshot()
    assert.equal(boards.whole, true)
  })

  test('of a known issue keeps its board bad after a snapshot without the issue', () => {
    const { boards, passOver } = joined()
    passOver(broken(message('7203', 11, 7)))
    boards.endSnapshot()
    assert.equal(boards.whole, false)
  })

  test('without a readable issue costs only itself', () => {
    const { boards, passOver, take } = joined()
    const nameless = Uint8Array.from(message('7203', 11, 7)).fill(0x21, 28, 39)
    passOver(nameless, message('7203', 12, 7))
    assert.deepEqual([take(), boards.whole, boards.reached], [['7203 12'], true, 12])
    assertCounts(boards, { messages: 4, ticks: 3, lost: 1, before: 8 })
  })

  test('with a wrong length ends where the next message starts', () => {
    const { passOver, take, errors } = joined()
    const cut = message('1301', 11, 5).slice(0, 60)
    passOver(cut, message('7203', 12, 7), cut)
    assert.deepEqual(take(), ['7203 12'])
    assert.equal(errors.length, 2)
  })

  test('at the start of the day is message 1', () => {
    const { boards, passOver, take } = openBoards()
    passOver(broken(message('1301', 1, 1)), message('7203', 2, 1))
    assert.deepEqual([take(), boards.reached], [['7203 2'], 2])
  })
})

suite('a snapshot', () => {
  test('reaches the highest counter of its boards when it ends, in any order', () => {
    const { boards, replace } = openBoards()
    replace(message('7203', 10, 6), message('1301', 9, 4))
    assert.equal(boards.reached, 0)
    boards.endSnapshot()
    assert.equal(boards.reached, 10)
    replace(message('1301', 5, 4))
    boards.endSnapshot()
    assert.equal(boards.reached, 10)
  })

  test('counts messages before the line was joined apart from lost messages', () => {
    const { boards, replace } = openBoards()
    replace(message('7203', 10, 6))
    assertCounts(boards, { messages: 1, ticks: 1, before: 5 })
    boards.endSnapshot()
    replace(message('7203', 20, 9))
    assertCounts(boards, { messages: 2, ticks: 2, before: 5, lost: 2 })
  })

  test('of a task that goes on after another one counts missing messages as lost', () => {
    const { boards, replace } = openBoards({ boards: [], last: 10, lost: 0, floor: () => 0 })
    replace(message('7203', 20, 4))
    assertCounts(boards, { messages: 1, ticks: 1, lost: 3 })
  })

  test('marks a board as lost only if messages before it are missing', () => {
    const { replace, take } = joined()
    replace(message('7203', 12, 7), message('1301', 12, 6))
    assert.deepEqual(take(), ['7203 12', '1301 12 lost'])
  })

  test('leaves a board that is newer already', () => {
    const { boards, merge, replace, take } = joined()
    merge(message('7203', 11, 7))
    replace(message('7203', 11, 7), message('7203', 10, 6))
    assert.deepEqual(take(), ['7203 11'])
    assertCounts(boards, { messages: 5, ticks: 3, before: 8 })
  })

  test('counts boards of other exchanges, whose counters count too', () => {
    const { boards, replace, take } = joined()
    replace(elsewhereMessage(LINE, 15, '1301'))
    boards.endSnapshot()
    assert.deepEqual([take(), boards.reached], [[], 15])
    assertCounts(boards, { messages: 3, ticks: 2, elsewhere: 1, before: 8 })
    replace(elsewhereMessage(LINE, 15 + MAX_LEAD + 1, '1301'))
    boards.endSnapshot()
    assert.equal(boards.reached, 15)
  })

  test('may be five million messages ahead of the messages read', () => {
    const { boards, replace } = joined()
    replace(message('7203', 10 + MAX_LEAD, 7))
    assert.throws(() => replace(message('7203', 10 + MAX_LEAD + 1, 8)), {
      message: 'offset 0: expected a counter up to 5000010, got message 5000011',
    })
    assert.equal(boards.whole, true)
    boards.endSnapshot()
    assert.equal(boards.reached, 10 + MAX_LEAD)
  })

  test('may have any counter when nothing was read', () => {
    const { boards, replace } = openBoards()
    replace(message('7203', 99_999_999, 7))
    boards.endSnapshot()
    assert.equal(boards.reached, 99_999_999)
  })

  test('with a bad board is refused, or the issue of the board makes no tick', () => {
    const { boards, merge, replace, replaceAnyway, take, errors } = joined()
    const bad = broken(message('7203', 12, 8))
    assert.throws(() => replace(bad, message('1301', 12, 5)))
    assert.deepEqual([take(), boards.whole], [[], true])
    replaceAnyway(bad, message('1301', 12, 5))
    boards.endSnapshot()
    assert.deepEqual([take(), boards.whole, errors.length], [['1301 12'], false, 1])
    merge(message('7203', 13, 9), message('1301', 14, 6))
    assert.deepEqual(take(), ['1301 14'])
    assert.equal(boards.counts.lost, 1)
  })
})

test('the boards are those of issues with a tick', () => {
  const { boards, passOver } = joined()
  passOver(broken(message('9984', 11, 1)))
  assert.deepEqual(
    [...boards.boards()].map(({ tradingDate, line, board, sequence, time }) => [
      tradingDate,
      line,
      board.issue,
      sequence,
      time,
    ]),
    [
      [DATE, LINE, '1301', 9, 9000],
      [DATE, LINE, '7203', 10, 10_000],
    ],
  )
})
