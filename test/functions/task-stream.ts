/**
 * The stream of a line with two tasks. One of them publishes. The other knows every tick, and takes over from the place
 * that the lease has: it publishes again what the replaced task has published since. A replaced task that was frozen or
 * cut off from the lease goes on publishing beside the new task, or later.
 */
import fc from 'fast-check'
import { momentOf } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import type { EpochMicros } from '../../market/units.ts'
import { openSender, type PublishedPlace, type Sender, TRADING_DATE, ticksOfLine } from './stored-market.ts'

export interface TaskStream {
  /** The ticks of the line. */
  readonly ticks: readonly Tick[]
  /** Every tick is in an envelope of the last task or of a task that it follows. */
  readonly envelopes: readonly Uint8Array[]
}

/** Seven o'clock of the trading date, ms: all envelopes of the tasks are of this date. */
const FIRST_EPOCH = momentOf(TRADING_DATE, 7 * 3_600_000_000) / 1000

/** A task, and the number of ticks that it has published. */
interface Task {
  readonly sender: Sender
  cursor: number
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('publish'), count: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('replaced'), count: fc.integer({ min: 1, max: 6 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('renew'), count: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('take over'), count: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('report'), count: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('key frames'), count: fc.nat(1) }) },
)

/** A step of the tasks. `count`: ticks; or 1 if a replaced task does it. */
interface Step {
  readonly kind: 'publish' | 'replaced' | 'renew' | 'take over' | 'report' | 'key frames'
  readonly count: number
}

/** @param change changes the ticks of the line. */
export const taskStream = (
  options: { readonly minLength: number; readonly maxLength: number },
  change: (ticks: Tick[]) => Tick[] = ticks => ticks,
): fc.Arbitrary<TaskStream> =>
  fc
    .tuple(ticksOfLine(options).map(change), fc.array(step as fc.Arbitrary<Step>, { maxLength: 40 }))
    .map(([ticks, steps]) => ({ ticks, envelopes: play(ticks, steps) }))

function play(ticks: readonly Tick[], steps: readonly Step[]): Uint8Array[] {
  const tasks: Task[] = [{ sender: openSender(FIRST_EPOCH), cursor: 0 }]
  const envelopes = tasks[0]!.sender.complete(completeAt(ticks, 0))
  /** What the lease has. */
  let lease: { readonly place: PublishedPlace; readonly cursor: number } = {
    place: tasks[0]!.sender.published(),
    cursor: 0,
  }
  const holder = (): Task => tasks.at(-1)!
  const publish = (task: Task, count: number): void => {
    const sent = ticks.slice(task.cursor, task.cursor + count)
    task.cursor += sent.length
    envelopes.push(...task.sender.send(sent))
  }
  for (const [number, { kind, count }] of steps.entries()) {
    /** One of the replaced tasks, or the holder if none was replaced. */
    const replaced = tasks[number % Math.max(1, tasks.length - 1)]!
    const acting = count === 0 ? holder() : replaced
    if (kind === 'publish') publish(holder(), count)
    else if (kind === 'replaced') publish(replaced, count)
    else if (kind === 'renew') lease = { place: holder().sender.published(), cursor: holder().cursor }
    else if (kind === 'take over') {
      tasks.push({ sender: openSender(FIRST_EPOCH + tasks.length, lease.place), cursor: lease.cursor })
    } else if (kind === 'key frames') envelopes.push(...acting.sender.keyFrames())
    else envelopes.push(...acting.sender.complete(completeAt(ticks, acting.cursor)))
  }
  publish(holder(), ticks.length)
  envelopes.push(...holder().sender.complete(completeAt(ticks, ticks.length)))
  return envelopes
}

/** Returns up to when a task has published all ticks. A later tick may have the microsecond of its last tick. */
function completeAt(ticks: readonly Tick[], cursor: number): EpochMicros {
  const last = ticks[cursor - 1]
  if (last === undefined) return momentOf(TRADING_DATE, 0)
  return momentOf(TRADING_DATE, cursor === ticks.length ? last.time : last.time - 1)
}
