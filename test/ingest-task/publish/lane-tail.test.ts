import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FLUSH_MILLISECONDS } from '../../../ingest-task/publish/gather-time.ts'
import { createLane } from '../../../ingest-task/publish/lane-sender.ts'
import { type Found, laneTail } from '../../../ingest-task/publish/lane-tail.ts'
import { emptyBoard, F } from '../../../market/board.ts'
import { decodeEnvelope, decodeHeader, type EnvelopeHeader } from '../../../market/codec/envelope.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis, asTradingDate } from '../../../market/units.ts'

const DATE = asTradingDate(20261120)
const LINE = 1
/** So many issues that a key frame has two parts. */
const ISSUES = Array.from({ length: 200 }, (_, index) => String(1300 + index))

/** Returns the tick of message `sequence`. Its board is full of numbers that compress badly. */
function tickOf(sequence: number): Tick {
  const board = emptyBoard(ISSUES[sequence % ISSUES.length]!)
  let noise = sequence
  for (let field = 0; field < board.values.length; field++) {
    noise = (noise * 48_271) % 0x7fff_ffff
    board.values[field] = noise
  }
  board.values[F.updateNumber] = sequence
  return { tradingDate: DATE, line: LINE, sequence, time: sequence, board }
}

/** What a reader of the whole lane knows. */
interface Known {
  readonly boards: ReadonlyMap<string, Tick>
  readonly sequence: number
  readonly last: Pick<EnvelopeHeader, 'epoch' | 'counter' | 'position'>
}

/** What a task does until it is killed. */
interface Life {
  readonly steps: readonly Step[]
  /** After so many steps of the next task, one more envelope of this task reaches the stream; never if undefined. */
  readonly late: number
}
type Step = { readonly messages: number } | 'key frame' | 'event' | 'put' | 'put all'

const life: fc.Arbitrary<Life> = fc.record({
  steps: fc.array(
    fc.oneof(
      fc.record({ messages: fc.integer({ min: 1, max: 30 }) }),
      fc.constantFrom<Step>('key frame', 'event', 'put', 'put all'),
    ),
    { minLength: 1, maxLength: 14 },
  ),
  late: fc.integer({ min: 0, max: 20 }),
})

/** Runs tasks one after the other on one lane. Each resumes after the result of `laneTail`. */
function play(
  lives: readonly Life[],
  check: (found: readonly Found[], known: Known | undefined) => void,
): void {
  const found: Found[] = []
  let known: Known | undefined
  let newest = 0
  let putLate = (): boolean => false
  let lateAfter = 0
  for (const [index, { steps, late }] of lives.entries()) {
    const tail = laneTail(found)
    const resumed = 'reason' in tail ? undefined : tail
    const boards = new Map(resumed?.boards.map(tick => [tick.board.issue, tick]))
    let position = resumed?.last.position ?? 0
    const lane = createLane({
      line: LINE,
      number: 0,
      epoch: asEpochMillis(index + 1),
      follows: resumed?.last,
      read: () => ({ position, reached: position }),
      gather: () => FLUSH_MILLISECONDS,
    })
    let seen = new Map(boards)
    let sequence = resumed?.sequence ?? 0
    const addTick = (tick: Tick): void => {
      boards.set(tick.board.issue, tick)
      lane.add(tick, true)
    }
    const put = (): boolean => {
      const bytes = lane.next(Number.POSITIVE_INFINITY, true)
      if (bytes === undefined) return false
      lane.published()
      found.push({ ...decodeHeader(bytes), bytes })
      const envelope = decodeEnvelope(bytes)
      seen = new Map(seen)
      if (envelope.kind === 'ticks') {
        for (const tick of envelope.ticks) seen.set(tick.board.issue, tick)
        sequence = Math.max(sequence, ...envelope.ticks.map(tick => tick.sequence))
      }
      if (index < newest) return true
      newest = index
      const { epoch, counter, position } = envelope
      known = position > 0 ? { boards: seen, sequence, last: { epoch, counter, position } } : undefined
      return true
    }
    const step = (what: Step): void => {
      if (what === 'key frame') lane.addBoards(DATE, [...boards.values()])
      else if (what === 'event') lane.addEvents(DATE, [])
      else if (what === 'put') put()
      else if (what === 'put all') while (put());
      else {
        const from = position + 1
        const to = position + what.messages
        for (let sequence = from; sequence <= to; sequence++)
          if (sequence > (resumed?.sequence ?? 0)) addTick(tickOf(sequence))
        position = to
      }
    }

    if (resumed === undefined) {
      // A snapshot: not whole before its end, and later than all messages before.
      const snapshotAt = 1000 * (index + 1)
      for (let sequence = snapshotAt; sequence < snapshotAt + ISSUES.length; sequence++)
        addTick(tickOf(sequence))
      put()
      check(found, known)
      position = snapshotAt + ISSUES.length - 1
    }
    for (const [number, what] of steps.entries()) {
      if (number === lateAfter) putLate()
      step(what)
      check(found, known)
    }
    putLate = put
    lateAfter = late
  }
}

test('the tail of a lane has everything its tasks published, or a reason why it has not, whenever they were killed', () => {
  let withTail = 0
  let withoutTail = 0
  fc.assert(
    fc.property(fc.array(life, { minLength: 1, maxLength: 5 }), lives => {
      play(lives, (found, known) => {
        const tail = laneTail(found)
        if (known === undefined) {
          withoutTail++
          return assert.ok('reason' in tail)
        }
        withTail++
        assert.ok(!('reason' in tail), JSON.stringify(tail))
        const { epoch, counter, position } = tail.last
        assert.deepEqual({ epoch, counter, position }, known.last)
        assert.equal(tail.sequence, known.sequence)
        const bySequence = (a: Tick, b: Tick): number => a.sequence - b.sequence
        assert.deepEqual(tail.boards.toSorted(bySequence), [...known.boards.values()].toSorted(bySequence))
      })
    }),
    { numRuns: 25 },
  )
  assert.ok(withTail > 50 && withoutTail > 5, `${withTail} tails, ${withoutTail} without`)
})
