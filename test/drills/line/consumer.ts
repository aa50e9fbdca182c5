/** Reads a stream as a consumer does, and holds all of it against what the exchange did. */
import assert from 'node:assert/strict'
import { boardsEqual, F } from '../../../market/board.ts'
import type { Envelope } from '../../../market/codec/envelope.ts'
import type { MarketEvent } from '../../../market/market-event.ts'
import type { Tick } from '../../../market/tick.ts'
import type { Fact } from '../../ingest-task/line-truth.ts'

export interface Account {
  /** Messages of the exchange, those of them that became a tick, and those that never will. */
  readonly sent: number
  readonly published: number
  readonly lost: number
  /** The first message that is lost; Infinity where none is. */
  readonly lostFrom: number
  /** What the task has to count as lost: the same, and what issues lost first had seen before the line began. */
  readonly declared: number
  /** The line's own last word on that. */
  readonly told: number
  readonly envelopes: number
}

type Place = Pick<Envelope, 'epoch' | 'counter'>

/**
 * @param facts of every message of the line, by its counter from 1.
 * @param mayStartCold a task was killed when boards were not whole: the next cannot go on from it.
 * @throws AssertionError when a tick is not true, out of order or there twice, when a message has no tick and no
 * tick says so, or when a board does not end as the exchange's did.
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
  /** Issues that a task which started cold has told of, by lane. */
  const sinceCold = new Map<number, Set<string>>()
  const isPublished = new Uint8Array(facts.length)
  let published = 0
  let read = 0
  const states: string[] = []
  let told = 0
  let declared = 0

  /** Whether the envelope is one to read: the next of its lane, or the first of a new task. */
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
    // A task that started cold does not know what is published: identity tells a reader.
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
    // Of an issue that it has not known before, a task knows from the update number alone what it has missed.
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

  const takeEvent = (event: MarketEvent): void => {
    if (event.type !== 'line') return
    states.push(event.state)
    told = event.lost ?? 0
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
  return { sent, published, lost: sent - published, lostFrom, declared, told, envelopes: read }
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
