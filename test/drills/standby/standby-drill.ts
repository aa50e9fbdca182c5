/** One schedule: a line at the opening, its tasks as real processes, the stream and the control table, and faults. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { formatSegments } from '../../../market/clock.ts'
import { momentOf } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { addMillis, type EpochMillis, type Millis, nowMillis, toEpochMillis } from '../../../market/units.ts'
import { until } from '../../until.ts'
import { randomOf } from '../seed.ts'
import { checkUpdates } from './app-account.ts'
import { openDrillControl } from './drill-control.ts'
import { type Findings, nothingFound } from './findings.ts'
import { type LineHost, startLineHost } from './line-host.ts'
import { longestGap } from './longest-gap.ts'
import {
  OPENING_TICKS_PER_SECOND,
  type OpeningRecord,
  openRecord,
  START,
  TRADING_DATE,
  truthOf,
} from './opening-record.ts'
import { perform, type Stage, whole } from './standby-acts.ts'
import {
  type Act,
  concernsHolder,
  describeSchedule,
  isBounded,
  nameOf,
  type Schedule,
} from './standby-schedule.ts'
import { checkStored } from './store-account.ts'
import { type Fleet, startFleet } from './task-fleet.ts'
import { checkTicks } from './tick-account.ts'
import { openWatchedStream, type StreamEntry } from './watched-stream.ts'

/** Time from the start of the tasks to the first message, ms: both tasks must be ready before. */
const LEAD_MS = 2_500
/** Faults start when the auctions of the busiest issues are over, real time after the first message, ms. */
const FAULTS_FROM_MS = 2_000
/** Time for which the line sends after the last act, ms. */
const AFTER_MS = 500
/** Longest time until the stream has the last message. */
const SETTLING = { limitMs: 20_000, pollMs: 50 }
/** A task allows for so long a way of a message (read-progress.ts), and so for a clock that is ahead by so much, ms. */
const TRANSIT_MS = 1_000
/** In a millisecond. */
const NANOSECONDS = 1e6
/** One schedule in so many stores its stream, which takes as long as the schedule itself. */
export const STORED_ONE_IN = 10

/** What all schedules of a process share. */
export interface DrillHouse extends AsyncDisposable {
  readonly line: LineHost
  readonly record: OpeningRecord
  /** Folder of the image's build context. */
  readonly image: string
}

/**
 * @param image folder of the bundle of the ingest task.
 * @param ticksPerSecond of the whole market. Default: the opening.
 */
export async function openDrillHouse(
  image: string,
  ticksPerSecond = OPENING_TICKS_PER_SECOND,
): Promise<DrillHouse> {
  const line = await startLineHost(ticksPerSecond)
  return {
    line,
    record: openRecord(ticksPerSecond),
    image,
    [Symbol.asyncDispose]: () => line[Symbol.asyncDispose](),
  }
}

/** An act, and the longest time without a new tick in the stream from its start to the start of the next. */
export interface ActReport {
  readonly name: string
  readonly gapMs: Millis
  readonly isBounded: boolean
  readonly concernsHolder: boolean
}

export interface StandbyReport {
  readonly seed: number
  readonly messages: number
  readonly found: Findings
  readonly acts: readonly ActReport[]
  /**
   * Longest time for which the process of the stream and the links stood still during the acts, ms. No price passes meanwhile:
   * more than some hundred show that the machine has too much to do.
   */
  readonly stallMs: Millis
  /** The logs of the tasks, for a failure. */
  readonly logs: string
}

/** @throws Error with the schedule and the logs of its tasks, if they did not do what the schedule waits for. */
export async function runStandbyDrill(house: DrillHouse, schedule: Schedule): Promise<StandbyReport> {
  await using cleanup = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'itastream-standby-'))
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  const stream = cleanup.use(await openWatchedStream())
  const control = cleanup.use(await openDrillControl(randomOf('standby table', schedule.seed)))
  const startsAt = addMillis(nowMillis(), LEAD_MS)
  const clock = { real: startsAt, market: toEpochMillis(momentOf(TRADING_DATE, START)), speed: 1 }
  const marketClock = formatSegments([clock])
  const ports = { line: await house.line.open(marketClock), stream: stream.port, control: control.port }
  cleanup.defer(() => house.line.close())
  const plan = { image: house.image, folder, marketClock, ports }
  const fleet = await startFleet(plan, schedule.clockErrors, control)
  cleanup.defer(() => fleet.close())
  const stalls = monitorEventLoopDelay()
  try {
    stalls.enable()
    const starts = await runActs({ fleet, control }, schedule.acts, addMillis(startsAt, FAULTS_FROM_MS))
    await wait(AFTER_MS)
    stalls.disable()
    const { until: end, messages } = await house.line.end()
    await until(() => stream.highest === messages, 'the last message in the stream', SETTLING)
    await fleet.stop()
    await stream.stop()
    // Only now, because it takes seconds in which the tasks would get no answer.
    const truth = truthOf(house.record, end)
    const { found, arrivals } = await settle(stream.entries, truth, schedule)
    const acts = schedule.acts.map((act, index) => {
      const gapMs = longestGap(arrivals, starts[index]!, starts[index + 1] ?? Infinity)
      return { name: nameOf(act), gapMs, isBounded: isBounded(act), concernsHolder: concernsHolder(act) }
    })
    const logs = logsOf(fleet)
    return { seed: schedule.seed, messages, found, acts, stallMs: stalls.max / NANOSECONDS, logs }
  } catch (cause) {
    throw new Error(`${describeSchedule(schedule)}\n${logsOf(fleet)}`, { cause })
  }
}

/** Carries out the acts. Returns when each of them started. */
async function runActs(stage: Stage, acts: readonly Act[], from: EpochMillis): Promise<EpochMillis[]> {
  await whole(stage)
  await wait(Math.max(0, from - nowMillis()))
  const starts: EpochMillis[] = []
  for (const act of acts) {
    starts.push(nowMillis())
    await perform(stage, act)
  }
  return starts
}

async function settle(
  entries: readonly StreamEntry[],
  truth: readonly Tick[],
  { seed, acts, clockErrors }: Schedule,
): Promise<{ readonly found: Findings; readonly arrivals: readonly EpochMillis[] }> {
  const isCold = acts.some(({ steps }) => steps.some(({ kind }) => kind === 'both die'))
  const found = nothingFound()
  // How far a quiet lane is complete, a task knows from its clock: it is right only if the clock is.
  const isClockWrong = clockErrors.some(error => error > TRANSIT_MS)
  const arrivals = checkTicks(entries, truth, found, { isCold, isClockWrong })
  checkUpdates(entries, truth, found, { isCold, isClockWrong })
  if (seed % STORED_ONE_IN === 0 && !isCold)
    await checkStored(entries, truth, found, randomOf('standby store', seed))
  return { found, arrivals }
}

function logsOf({ all }: Fleet): string {
  return all.map(({ name, log }) => `${name}\n${log.map(text => `  ${text}\n`).join('')}`).join('')
}
