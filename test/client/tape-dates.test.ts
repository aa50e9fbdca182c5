/** Trades across trading dates: what an app lacks of an earlier date after an outage is fetched, or it is reported as lost. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTape, type Tape } from '../../client/trade-tape.ts'
import { momentToIso } from '../../market/moment.ts'
import { FRIDAY, fetched, MONDAY, namesOf, piece, THURSDAY, WEDNESDAY } from './dated-pieces.ts'

/** Returns the tape of an app that has every trade up to the sequence 3 of a date. */
function tapeAt3(date: string): Tape {
  const tape = createTape({ date, sequence: 0, time: undefined, volume: 0, isStarted: true })
  tape.add(piece(date, [0, 3], [2]))
  assert.deepEqual(namesOf(tape.take({ date, sequence: 3 })), [`${date} 2`])
  return tape
}

describe('the trades of an issue after an outage that ends on a later date', () => {
  const next = { date: THURSDAY, sequence: 2 }

  it('have a hole at the end of the earlier date, and those of the later date wait for it', () => {
    const tape = tapeAt3(WEDNESDAY)
    tape.interrupt('2026-11-24')
    tape.add(piece(THURSDAY, [0, 2], [1, 2]))
    const hole = tape.hole(next)!
    assert.deepEqual(
      [hole.after.date, hole.after.sequence, momentToIso(hole.end), hole.isPast],
      [WEDNESDAY, 3, '2026-11-25T23:59:59.999999+09:00', true],
    )
    assert.deepEqual([tape.take(next), tape.waitingTrades], [{ trades: [], lost: false }, 2])
    tape.add(fetched(hole, [5]))
    const taken = tape.take(next)
    assert.deepEqual(
      [namesOf(taken), taken.lost],
      [[`${WEDNESDAY} 5`, `${THURSDAY} 1`, `${THURSDAY} 2`], false],
    )
    assert.equal(tape.hole(next), undefined)
  })

  it('are lost once when they are given up, and nothing is lost after that', () => {
    const tape = tapeAt3(WEDNESDAY)
    tape.interrupt('2026-11-24')
    tape.add(piece(THURSDAY, [0, 2], [1]))
    tape.giveUp()
    const taken = tape.take(next)
    assert.deepEqual([namesOf(taken), taken.lost], [[`${THURSDAY} 1`], true])
    tape.add(piece(THURSDAY, [2, 4], [4]))
    assert.equal(tape.take({ date: THURSDAY, sequence: 4 }).lost, false)
  })

  it('are complete if the earlier date had ended before the outage', () => {
    const tape = tapeAt3(WEDNESDAY)
    tape.interrupt(WEDNESDAY)
    tape.interrupt(WEDNESDAY)
    tape.add(piece(THURSDAY, [0, 2], [1]))
    assert.equal(tape.hole(next), undefined)
    const taken = tape.take(next)
    assert.deepEqual([namesOf(taken), taken.lost], [[`${THURSDAY} 1`], false])
  })

  it('are doubtful if the date ended during an outage, although another outage followed', () => {
    const tape = tapeAt3(WEDNESDAY)
    tape.interrupt('2026-11-24')
    tape.interrupt(WEDNESDAY)
    tape.add(piece(THURSDAY, [0, 2], [1]))
    assert.equal(tape.hole(next)?.after.date, WEDNESDAY)
  })

  it('are complete if the next connection had the same board, or the trades since then', () => {
    const same = piece(WEDNESDAY, [3, 3], [], { source: 'whole', volume: 100 })
    for (const part of [
      same,
      piece(WEDNESDAY, [3, 6], [5]),
      piece(WEDNESDAY, [3, 6], [], { source: 'fetched' }),
    ]) {
      const tape = tapeAt3(WEDNESDAY)
      tape.interrupt('2026-11-24')
      tape.add(part)
      tape.add(piece(THURSDAY, [0, 2], [1]))
      assert.equal(tape.hole(next), undefined)
    }
  })

  it('are doubtful if the next connection had an older board only', () => {
    const tape = tapeAt3(WEDNESDAY)
    tape.interrupt('2026-11-24')
    tape.add(piece(WEDNESDAY, [2, 2], [], { source: 'whole', volume: 100 }))
    tape.add(piece(THURSDAY, [0, 2], [1]))
    assert.equal(tape.hole(next)?.after.sequence, 3)
  })

  it('are not lost before the start', () => {
    const tape = createTape({ date: WEDNESDAY, sequence: 3, time: undefined, volume: 100, isStarted: false })
    tape.interrupt('2026-11-24')
    tape.add(piece(THURSDAY, [0, 2], [1]))
    assert.deepEqual([tape.hole(next), tape.take(next).lost], [undefined, false])
  })

  it('are those of all weekdays between too, in order', () => {
    const tape = tapeAt3(WEDNESDAY)
    tape.interrupt('2026-11-24')
    tape.add(piece(MONDAY, [0, 2], [1]))
    const monday = { date: MONDAY, sequence: 2 }
    const dates: string[] = []
    for (let hole = tape.hole(monday); hole !== undefined; hole = tape.hole(monday)) {
      dates.push(hole.after.date)
      tape.add(fetched(hole, [7]))
    }
    assert.deepEqual(dates, [WEDNESDAY, THURSDAY, FRIDAY])
    assert.deepEqual(namesOf(tape.take(monday)), [
      `${WEDNESDAY} 7`,
      `${THURSDAY} 7`,
      `${FRIDAY} 7`,
      `${MONDAY} 1`,
    ])
  })

  it('are those of the dates after the last one that had ended before the outage', () => {
    const tape = tapeAt3(WEDNESDAY)
    tape.interrupt(THURSDAY)
    tape.add(piece(MONDAY, [0, 2], [1]))
    const monday = { date: MONDAY, sequence: 2 }
    assert.equal(tape.hole(monday)?.after.date, FRIDAY)
    tape.giveUp()
    assert.equal(tape.hole(monday), undefined)
  })

  it('are complete over a weekend, and lost after more than eight weekdays', () => {
    const weekend = tapeAt3(FRIDAY)
    weekend.interrupt(FRIDAY)
    weekend.add(piece(MONDAY, [0, 2], [1]))
    assert.equal(weekend.hole({ date: MONDAY, sequence: 2 }), undefined)
    // From Thursday to the Wednesday two weeks later there are eight weekdays between Wednesday and Tuesday.
    for (const [date, isFetched] of [
      ['2026-12-08', true],
      ['2026-12-09', false],
    ] as const) {
      const tape = tapeAt3(WEDNESDAY)
      tape.interrupt(WEDNESDAY)
      tape.add(piece(date, [0, 2], [1]))
      assert.equal(tape.hole({ date, sequence: 2 }) !== undefined, isFetched)
      assert.equal(tape.take({ date, sequence: 2 }).lost, !isFetched)
    }
  })

  it('keep the holes of the earlier date, which come before its end', () => {
    const tape = tapeAt3(WEDNESDAY)
    tape.add(piece(WEDNESDAY, [5, 6], [6]))
    tape.interrupt('2026-11-24')
    tape.add(piece(THURSDAY, [0, 2], [1]))
    const first = tape.hole(next)!
    assert.deepEqual([first.after.sequence, first.upTo], [3, 5])
    tape.add(fetched(first, [4]))
    tape.add(fetched(tape.hole(next)!, [9]))
    assert.deepEqual(namesOf(tape.take(next)), [
      ...[4, 6, 9].map(sequence => `${WEDNESDAY} ${sequence}`),
      `${THURSDAY} 1`,
    ])
  })
})
