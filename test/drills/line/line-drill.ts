/** One drill: a market, its line, a task that reads the line, a stream, and the faults of a schedule. */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { type Exchange, type ExchangeOptions, openExchange } from '../../../local/exchange/exchange.ts'
import { HOUR, SECOND } from '../../../local/exchange/hours.ts'
import type { Random } from '../../../local/exchange/random.ts'
import { type Lines, startLines } from '../../../local/line/line-server.ts'
import { asTradingDate } from '../../../market/units.ts'
import { openStream, type Stream } from '../../ingest-task/ingest-stream.ts'
import { HOST, PASSWORD, USER } from '../../ingest-task/line-and-stream.ts'
import { openTruth } from '../../ingest-task/line-truth.ts'
import { until } from '../../until.ts'
import { randomOf } from '../seed.ts'
import { type DrillClock, drillClock } from './drill-clock.ts'
import { ACTIVE, describeSchedule, LOSING, type Schedule, type Step } from './fault-schedule.ts'
import { type Account, settle } from './line-consumer.ts'
import { startTask, type Task } from './task.ts'
import { openWire, type Wire } from './wire.ts'
import { createFrameDamage, createLineFaults, type LineFaults, shuffleFrames } from './wire-faults.ts'

const TRADING_DATE = asTradingDate(20261120)
/** Market time around the opening, and its speed: some 5,000 messages of a line in a second and a half. */
const FROM = 9 * HOUR - 2 * SECOND
const UNTIL = FROM + 26 * SECOND
const SPEED = 20
const MARKET = { issues: 60, rate: 150, tradingDate: TRADING_DATE, from: FROM }

/** Without faults, a line must be live and complete within this time. */
const HEALING = { limitMs: 60_000 }
/** A little more than the time between two heartbeats of the feed server, milliseconds. */
const LINE_HEARTBEAT = 1200

interface DrillState {
  readonly schedule: Schedule
  readonly random: Random
  readonly clock: DrillClock
  readonly stream: Stream
  readonly faults: LineFaults
  readonly damageFrames: ReturnType<typeof createFrameDamage>
  readonly wires: readonly [Wire, Wire]
  lines: Lines
  task: Task
  /** No earlier message may be lost. */
  mayLoseFrom: number
}

/**
 * Runs a drill.
 * @throws Error with the schedule, caused by the failed check.
 */
export async function runDrill(schedule: Schedule): Promise<Account> {
  const drill = await openDrill(schedule)
  try {
    return await runSchedule(drill)
  } catch (error) {
    const again = `npm run drills -- line --seed ${schedule.seed}`
    const warnings = drill.task.warnings.map(warning => `  ${warning}\n`).join('')
    throw new Error(
      `${describeSchedule(schedule)}\n(${again})\n${warnings}${JSON.stringify(drill.task.stats())}`,
      {
        cause: error,
      },
    )
  } finally {
    await drill.task.close()
    await Promise.all(drill.wires.map(wire => wire.close()))
    await drill.lines.close()
    await drill.stream.close()
  }
}

function optionsOf({ seed }: Schedule): ExchangeOptions {
  return { seed, ...MARKET }
}

async function openDrill(schedule: Schedule): Promise<DrillState> {
  const clock = drillClock(TRADING_DATE, FROM, UNTIL, SPEED)
  const faults = createLineFaults()
  const [stream, lines] = await Promise.all([openStream(), openLine(schedule, clock)])
  const port = lines.ports[schedule.line - 1]!
  const wires = [await openWire(port, faults), await openWire(port, faults)] as const
  const task = await openTask(schedule, clock, stream, wires, false)
  const random = randomOf('drill', schedule.seed)
  const damageFrames = createFrameDamage(random)
  const mayLoseFrom = Infinity
  return { schedule, random, clock, stream, faults, damageFrames, wires, lines, task, mayLoseFrom }
}

/** Events of the market between two news: news are frequent, so that faults hit them. */
const NEWS_EVENTS = 400

/** Starts the feed server. Only the line of the schedule sends anything. */
function openLine(schedule: Schedule, clock: DrillClock): Promise<Lines> {
  const whole = openExchange(optionsOf(schedule))
  let events = 0
  const exchange: Exchange = {
    ...whole,
    *advance(until) {
      for (const event of whole.advance(until)) {
        if (event.line !== schedule.line) continue
        yield event
        const { line, time } = event
        if (++events % NEWS_EVENTS === 0)
          yield { kind: 'news', line, time, headline: '東証、もみ合い', issues: [] }
      }
    },
  }
  return startLines({ exchange, clock, host: HOST, ports: [0, 0, 0], user: USER, password: PASSWORD })
}

function openTask(
  { line }: Schedule,
  clock: DrillClock,
  stream: Stream,
  [a, b]: DrillState['wires'],
  recovers: boolean,
): Promise<Task> {
  return startTask({ stream, clock, line, ports: [a.port, b.port], recovers })
}

async function runSchedule(drill: DrillState): Promise<Account> {
  const { schedule, clock, wires, stream } = drill
  const { line, steps } = schedule
  const isReady = (): boolean => isLive(drill.task) && drill.task.stats().publisher.waitingEnvelopes === 0
  await until(isReady, 'a live line with all boards published', HEALING)
  clock.start()
  const start = performance.now()
  for (const step of steps) {
    await wait(Math.max(0, start + step.at - performance.now()))
    await perform(drill, step)
  }
  await wait(Math.max(0, start + ACTIVE - performance.now()))
  for (const wire of wires) wire.heal()

  const facts = openTruth(optionsOf(schedule)).of(line, UNTIL)
  const sent = facts.length - 1
  const isKilled = steps.some(({ fault }) => fault === 'task killed')
  const isOver = (): boolean =>
    clock.atEnd && drill.lines.stats().messages[line - 1] === sent && isLive(drill.task)
  /** Whether the task's own totals must reach the number of messages. */
  const isCounted = !isKilled && !steps.some(({ fault }) => LOSING.includes(fault))
  const isSettled = (): boolean => isOver() && (!isCounted || drill.task.stats().ticks === sent)
  await until(isSettled, 'a live and complete line after all faults', HEALING)
  // If the last frames are still missing, the next heartbeat of the line names them.
  if (!isCounted) await wait(LINE_HEARTBEAT)
  await until(isSettled, 'a live and complete line after its heartbeat', HEALING)

  const { lost: declared } = drill.task.stats()
  await drill.task.close()
  const account = settle(await stream.envelopes(), facts, line, drill.mayLoseFrom < Infinity)
  if (!isKilled)
    assert.deepEqual([declared, account.reported], [account.declared, account.declared], 'declared lost')
  const { lostFrom } = account
  assert.ok(lostFrom >= drill.mayLoseFrom, `message ${lostFrom} lost, before message ${drill.mayLoseFrom}`)
  return account
}

async function perform(drill: DrillState, step: Step): Promise<void> {
  const { schedule, random, clock, stream, faults, wires } = drill
  const { fault, amount } = step
  const here = step.wires.map(index => wires[index]!)
  const each = (work: (wire: Wire) => void): void => here.forEach(work)
  if (LOSING.includes(fault)) {
    // Frames on their way may be lost too: the line refuses a range as a whole.
    const { ticks, lost } = drill.task.stats()
    drill.mayLoseFrom = Math.min(drill.mayLoseFrom, ticks + lost + 1)
  }
  switch (fault) {
    case 'cut':
      return each(wire => wire.cut())
    case 'half-open':
      return each(wire => wire.freeze())
    case 'delay':
      return each(wire => wire.delay(amount))
    case 'slow loris':
      return each(wire => wire.dribble())
    case 'reorder':
      return each(wire => shuffleFrames(wire, amount, random))
    case 'resend refused':
      return faults.forget(amount)
    case 'bad for good':
      return faults.spoil()
    case 'text bad for good':
      return faults.garble()
    case 'line restarted': {
      const before = drill.lines
      drill.lines = await openLine(schedule, clock)
      faults.restart()
      for (const wire of wires) wire.lead(drill.lines.ports[schedule.line - 1]!)
      return before.close()
    }
    case 'task killed':
      drill.task.kill()
      // A task that has to start cold cannot recover what the killed task had not published.
      if (drill.mayLoseFrom < Infinity) drill.mayLoseFrom = 0
      for (const wire of wires) wire.cut()
      drill.task = await openTask(schedule, clock, stream, wires, true)
      return
    default:
      return each(wire => drill.damageFrames(wire, fault, amount))
  }
}

function isLive(task: Task): boolean {
  return task.stats().line.state === 'live'
}
