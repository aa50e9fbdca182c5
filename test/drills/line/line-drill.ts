/** One drill: a market, its line, a task on it and a stream behind it, and everything that a schedule does to them. */
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
import { type Account, settle } from './consumer.ts'
import { type DrillClock, drillClock } from './drill-clock.ts'
import { ACTIVE, describeSchedule, LOSING, type Schedule, type Step } from './fault-schedule.ts'
import { createFrameDamage, createLineFaults, type LineFaults, shuffleFrames } from './faults.ts'
import { startTask, type Task } from './task.ts'
import { openWire, type Wire } from './wire.ts'

const TRADING_DATE = asTradingDate(20261120)
/** Market time from before the opening on, and how fast it passes: some 5,000 messages a line in a second and a half. */
const FROM = 9 * HOUR - 2 * SECOND
const UNTIL = FROM + 26 * SECOND
const SPEED = 20
const MARKET = { issues: 60, rate: 150, tradingDate: TRADING_DATE, from: FROM }

/** Without faults, a line must be live and complete within this time. */
const HEALING = { limitMs: 20_000 }
/** The feed server's comes every second. */
const LINE_HEARTBEAT = 1200

interface World {
  readonly schedule: Schedule
  readonly random: Random
  readonly clock: DrillClock
  readonly stream: Stream
  readonly faults: LineFaults
  readonly damageFrames: ReturnType<typeof createFrameDamage>
  readonly wires: readonly [Wire, Wire]
  lines: Lines
  task: Task
  /** No message before this one may be lost. */
  mayLoseFrom: number
}

/** @throws Error with the schedule, caused by what did not hold. */
export async function runDrill(schedule: Schedule): Promise<Account> {
  const world = await openWorld(schedule)
  try {
    return await suffer(world)
  } catch (error) {
    const again = `npm run drills -- line --seed ${schedule.seed}`
    const warnings = world.task.warnings.map(warning => `  ${warning}\n`).join('')
    throw new Error(
      `${describeSchedule(schedule)}\n(${again})\n${warnings}${JSON.stringify(world.task.stats())}`,
      {
        cause: error,
      },
    )
  } finally {
    await world.task.close()
    await Promise.all(world.wires.map(wire => wire.close()))
    await world.lines.close()
    await world.stream.close()
  }
}

function optionsOf({ seed }: Schedule): ExchangeOptions {
  return { seed, ...MARKET }
}

async function openWorld(schedule: Schedule): Promise<World> {
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

/** Events of the market from one news to the next: more than in earnest, so that something can happen to them. */
const NEWS_EVENTS = 400

/** The feed server of the one line; the other two have nothing to say. */
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
  [a, b]: World['wires'],
  recovers: boolean,
): Promise<Task> {
  return startTask({ stream, clock, line, ports: [a.port, b.port], recovers })
}

async function suffer(world: World): Promise<Account> {
  const { schedule, clock, wires, stream } = world
  const { line, steps } = schedule
  const isReady = (): boolean => isLive(world.task) && world.task.stats().publisher.waitingEnvelopes === 0
  await until(isReady, 'a live line with all boards published', HEALING)
  clock.start()
  const start = performance.now()
  for (const step of steps) {
    await wait(Math.max(0, start + step.at - performance.now()))
    await perform(world, step)
  }
  await wait(Math.max(0, start + ACTIVE - performance.now()))
  for (const wire of wires) wire.heal()

  const facts = openTruth(optionsOf(schedule)).of(line, UNTIL)
  const sent = facts.length - 1
  const isKilled = steps.some(({ fault }) => fault === 'task killed')
  const isOver = (): boolean =>
    clock.atEnd && world.lines.stats().messages[line - 1] === sent && isLive(world.task)
  /** What is lost, or what a killed task has published, a task cannot count to the end. */
  const isCounted = !isKilled && !steps.some(({ fault }) => LOSING.includes(fault))
  const isSettled = (): boolean => isOver() && (!isCounted || world.task.stats().ticks === sent)
  await until(isSettled, 'a live and complete line after all faults', HEALING)
  // If the last frames are still missing, the next heartbeat of the line names them.
  if (!isCounted) await wait(LINE_HEARTBEAT)
  await until(isSettled, 'a live and complete line after its heartbeat', HEALING)

  const { lost: declared } = world.task.stats()
  await world.task.close()
  const account = settle(await stream.envelopes(), facts, line, world.mayLoseFrom < Infinity)
  if (!isKilled)
    assert.deepEqual([declared, account.told], [account.declared, account.declared], 'declared lost')
  const { lostFrom } = account
  assert.ok(lostFrom >= world.mayLoseFrom, `message ${lostFrom} lost, before message ${world.mayLoseFrom}`)
  return account
}

async function perform(world: World, step: Step): Promise<void> {
  const { schedule, random, clock, stream, faults, wires } = world
  const { fault, amount } = step
  const here = step.wires.map(index => wires[index]!)
  const each = (work: (wire: Wire) => void): void => here.forEach(work)
  if (LOSING.includes(fault)) {
    // What is on its way may be lost with what is gone: the line refuses a range as a whole.
    const { ticks, lost } = world.task.stats()
    world.mayLoseFrom = Math.min(world.mayLoseFrom, ticks + lost + 1)
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
      const before = world.lines
      world.lines = await openLine(schedule, clock)
      faults.restart()
      for (const wire of wires) wire.lead(world.lines.ports[schedule.line - 1]!)
      return before.close()
    }
    case 'task killed':
      world.task.kill()
      // What it had taken but not published yet, a task that must start cold cannot have.
      if (world.mayLoseFrom < Infinity) world.mayLoseFrom = 0
      for (const wire of wires) wire.cut()
      world.task = await openTask(schedule, clock, stream, wires, true)
      return
    default:
      return each(wire => world.damageFrames(wire, fault, amount))
  }
}

function isLive(task: Task): boolean {
  return task.stats().line.state === 'live'
}
