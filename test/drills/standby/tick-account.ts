/** Checks every tick of a stream against the exchange, by the rule of docs/envelope-format.md for tasks that overlap. */
import { isDeepStrictEqual } from 'node:util'
import { LANES } from '../../../cdk/sizing.ts'
import { boardsEqual } from '../../../market/board.ts'
import { laneOf } from '../../../market/lane.ts'
import type { StreamEvent } from '../../../market/market-event.ts'
import { isoTime } from '../../../market/moment.ts'
import { isLaterTick, type Tick } from '../../../market/tick.ts'
import type { EpochMillis } from '../../../market/units.ts'
import { type Circumstances, type Findings, note } from './findings.ts'
import { TRADING_DATE } from './opening-record.ts'
import type { StreamEntry } from './watched-stream.ts'

/**
 * Checks a stream against the ticks of all messages, by their counter from 1.
 * @returns when an envelope with a new tick arrived, in order.
 */
export function checkTicks(
  entries: readonly StreamEntry[],
  truth: readonly Tick[],
  found: Findings,
  circumstances: Circumstances,
): EpochMillis[] {
  const latest = new Map<string, Tick>()
  const newestEpochs = new Map<number, number>()
  const taken = createTaken(truth)
  const arrivals: EpochMillis[] = []
  for (const { envelope, arrivedAt } of entries) {
    const { lane, epoch } = envelope
    if (epoch < (newestEpochs.get(lane) ?? 0)) continue
    newestEpochs.set(lane, epoch)
    if (envelope.kind === 'events') {
      for (const event of envelope.events) checkEvent(event, lane, taken, found, circumstances)
      continue
    }
    const isKeyFrame = envelope.kind === 'boards'
    let isNew = false
    for (const tick of envelope.ticks) {
      checkTick(tick, truth, found, isKeyFrame, circumstances)
      const before = latest.get(tick.board.issue)
      if (isKeyFrame || (before !== undefined && !isLaterTick(tick, before))) continue
      latest.set(tick.board.issue, tick)
      taken.add(tick.sequence)
      isNew = true
    }
    if (isNew) arrivals.push(arrivedAt)
  }
  const missing = taken.missing()
  // The line keeps some seconds of messages. A new task that comes later must report what the line cannot send again.
  if (circumstances.isCold && missing.length <= taken.reported) found.reported += missing.length
  else for (const { sequence, board } of missing) note(found, 'lost', `message ${sequence} of ${board.issue}`)
  return arrivals
}

/** Checks a tick. A board of a key frame or of a snapshot has no trade. */
function checkTick(
  tick: Tick,
  truth: readonly Tick[],
  found: Findings,
  isKeyFrame: boolean,
  { isCold }: Circumstances,
): void {
  const fact = truth[tick.sequence]
  const name = `message ${tick.sequence} of ${tick.board.issue}`
  if (fact?.board.issue !== tick.board.issue) note(found, 'wrong', `${name} was never sent`)
  else if (fact.time !== tick.time || !boardsEqual(fact.board, tick.board))
    note(found, 'wrong', `board of ${name}`)
  else if (tick.lost && !isCold) note(found, 'wrong', `${name} has the mark "lost"`)
  else if (
    !((isKeyFrame || isCold) && tick.trade === undefined) &&
    !isDeepStrictEqual(tick.trade, fact.trade)
  )
    note(found, 'wrong', `trade of ${name}`)
}

/** Checks that nothing is reported as lost, and that a lane is complete when the task says so. */
function checkEvent(
  event: StreamEvent,
  lane: number,
  taken: Taken,
  found: Findings,
  { isCold, isClockWrong }: Circumstances,
): void {
  if (event.type === 'line' && event.lost !== undefined) {
    taken.reported = event.lost
    if (!isCold) note(found, 'wrong', `${event.lost} messages reported as lost`)
  }
  if (event.type !== 'complete' || isCold || isClockWrong) return
  const missing = taken.firstMissing(lane)
  if (missing !== undefined && isoTime(TRADING_DATE, missing.time) <= event.until)
    note(found, 'wrong', `lane ${lane} complete until ${event.until}, without message ${missing.sequence}`)
}

/** The messages of which consumers have a tick. */
interface Taken {
  /** Messages that the task has reported as lost. */
  reported: number
  add(sequence: number): void
  /** Returns the first message of a lane without a tick. */
  firstMissing(lane: number): Tick | undefined
  missing(): Tick[]
}

function createTaken(truth: readonly Tick[]): Taken {
  const taken = new Set<number>()
  const lanes = Map.groupBy(truth.slice(1), ({ board }) => laneOf(board.issue, LANES))
  const passed = new Map<number, number>()
  return {
    reported: 0,
    add: sequence => void taken.add(sequence),
    firstMissing(lane) {
      const ticks = lanes.get(lane) ?? []
      let index = passed.get(lane) ?? 0
      while (index < ticks.length && taken.has(ticks[index]!.sequence)) index++
      passed.set(lane, index)
      return ticks[index]
    },
    missing: () => truth.slice(1).filter(({ sequence }) => !taken.has(sequence)),
  }
}
