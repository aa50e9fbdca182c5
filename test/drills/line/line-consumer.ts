/** Reads a stream as a consumer does, and checks everything against the messages of the exchange. */
import assert from 'node:assert/strict'
import { boardsEqual, F } from '../../../market/board.ts'
import type { Envelope } from '../../../market/codec/envelope.ts'
import type { StreamEvent } from '../../../market/market-event.ts'
import type { Tick } from '../../../market/tick.ts'
import type { Fact } from '../../ingest-task/line-truth.ts'

export interface Account {
  /** Messages of the exchange. */
  readonly sent: number
  /** Messages that became a tick. */
  readonly published: number
  /** Messages that did not. */
  readonly lost: number
  /** The first lost message; Infinity without any. */
  readonly lostFrom: number
  /** What the task must count as lost: lost messages, and updates of lost issues from before the start of the line. */
  readonly declared: number
  /** Lost messages in the last published state of the line. */
  readonly reported: number
  readonly envelopes: number
}

type Place = Pick<Envelope, 'epoch' | 'counter'>

/**
 * Checks the envelopes of a line.
 * @param facts facts of every message of the line, by its counter from 1.
 * @param mayStartCold whether a task was killed when boards were not whole, so that the next task starts without them.
 * @throws AssertionError when a tick is wrong, out of order or repeated, when a message has no tick and no later tick
 * is marked as lost, or when a last board differs from the exchange's.
 */
export function settle(
  envelopes: readonly Envelope[],
  facts: readonly Fact[],
  line: number,
  mayStartCold: boolean,
): Account {
  const sequences = sequencesByIssue(facts)
  const latest = new Map<string, Tick>()
  const places = new Map<number, Place>()
  /** By lane: issues that a task which started cold has published. */
  const sinceCold = new Map<number, Set<string>>()
  const isPublished = new Uint8Array(facts.length)
  let published = 0
  let read = 0
  const states: string[] = []
  let reported = 0
  let declared = 0

  /** Whether a consumer reads the envelope: it is the next one of its lane, or the first one of a new task. */
  const takes = ({ lane, epoch, counter, follows }: Envelope): boolean => {
    const before = places.get(lane)
    if (
      before !== undefined &&
      (epoch < before.epoch || (epoch === before.epoch && counter <= before.counter))
    )
      return false
    const name = `envelope ${counter} of lane ${lane}`
    if (epoch === before?.epoch) assert.equal(counter, before.counter + 1, name)
    else {
      assert.equal(counter, 1, `first ${name} in its epoch`)
      if (follows === undefined && mayStartCold) sinceCold.set(lane, new Set())
      else assert.deepEqual(follows && { ...follows }, before, `what ${name} follows`)
    }
    places.set(lane, { epoch, counter })
    return true
  }

  const takeTick = (tick: Tick, lane: number): void => {
    const { board, sequence, trade, lost } = tick
    assertTrue(tick, facts)
    const known = sinceCold.get(lane)
    // A task that started cold may publish again. Readers recognise a tick by its identity.
    if (known !== undefined && isPublished[sequence] === 1) return
    assert.equal(isPublished[sequence], 0, `message ${sequence} came twice`)
    const before = latest.get(board.issue)
    const all = sequences.get(board.issue)!
    const missed = all.indexOf(sequence) - (before === undefined ? 0 : all.indexOf(before.sequence) + 1)
    assert.ok(missed >= 0, `${board.issue}: ${before?.sequence}, then ${sequence}`)
    const isJoined = known === undefined || known.has(board.issue)
    known?.add(board.issue)
    assert.ok(
      isJoined ? lost === (missed > 0 || undefined) : lost || missed === 0,
      `${board.issue}: ${missed} lost before message ${sequence}`,
    )
    if (lost) assert.equal(trade, undefined, `trade of message ${sequence}, after a loss`)
    else assert.deepEqual(trade, facts[sequence]!.trade, `trade of message ${sequence}`)
    // For an issue without an earlier board, a task knows only from the update number how many updates it has missed.
    const unseen = before === undefined ? facts[all[0]!]!.board.values[F.updateNumber]! - 1 : 0
    if (lost) declared += Math.min(missed + unseen, sequence - 1)
    latest.set(board.issue, tick)
    isPublished[sequence] = 1
    published++
  }

  const takeBoard = (tick: Tick): void => {
    const { board, sequence, trade, lost } = tick
    assertTrue(tick, facts)
    assert.equal(sequence, latest.get(board.issue)?.sequence, `${board.issue} in a key frame`)
    assert.deepEqual([trade, lost], [undefined, undefined], `${board.issue} in a key frame`)
  }

  const takeEvent = (event: StreamEvent): void => {
    if (event.type !== 'line') return
    states.push(event.state)
    reported = event.lost ?? 0
  }

  for (const envelope of envelopes) {
    if (envelope.line !== line || !takes(envelope)) continue
    read++
    if (envelope.kind === 'ticks') for (const tick of envelope.ticks) takeTick(tick, envelope.lane)
    else if (envelope.kind === 'boards') envelope.ticks.forEach(takeBoard)
    else envelope.events.forEach(takeEvent)
  }
  assert.deepEqual(states.slice(-2), ['live', 'stale'], 'states of the line at the end')
  for (const [issue, all] of sequences) {
    assert.equal(latest.get(issue)?.sequence, all.at(-1), `the board of ${issue} at the end`)
  }
  const sent = facts.length - 1
  const unpublished = isPublished.indexOf(0, 1)
  const lostFrom = unpublished < 0 ? Infinity : unpublished
  return { sent, published, lost: sent - published, lostFrom, declared, reported, envelopes: read }
}

function assertTrue({ board, sequence, time }: Tick, facts: readonly Fact[]): void {
  const fact = facts[sequence]
  assert.ok(fact !== undefined, `message ${sequence} of ${board.issue} was never sent`)
  assert.equal(board.issue, fact.issue, `issue of message ${sequence}`)
  assert.ok(boardsEqual(board, fact.board), `board of ${board.issue} after message ${sequence}`)
  assert.equal(time, fact.time, `time of message ${sequence}`)
}

function sequencesByIssue(facts: readonly Fact[]): ReadonlyMap<string, number[]> {
  const sequences = new Map<string, number[]>()
  facts.forEach(({ issue }, sequence) => {
    const all = sequences.get(issue)
    if (all === undefined) sequences.set(issue, [sequence])
    else all.push(sequence)
  })
  return sequences
}
