/** Schedules of faults, drawn from a seed: what happens to a line, and when. */
import { below, pick, type Random } from '../../../local/exchange/random.ts'
import { randomOf } from '../seed.ts'
import { FRAME_FAULTS, type FrameFaultName } from './wire-faults.ts'

/** Faults other than those of single frames. */
const OTHER_FAULTS = [
  'cut',
  'half-open',
  'delay',
  'slow loris',
  'reorder',
  'resend refused',
  'bad for good',
  'text bad for good',
  'line restarted',
  'task killed',
] as const
type OtherFault = (typeof OTHER_FAULTS)[number]
export type Fault = FrameFaultName | OtherFault

export const FAULTS: readonly Fault[] = [...(Object.keys(FRAME_FAULTS) as FrameFaultName[]), ...OTHER_FAULTS]

/** Faults after which the line cannot send some messages again, so that they may be lost. */
export const LOSING: readonly Fault[] = ['resend refused', 'bad for good']

export interface Step {
  /** Milliseconds after the start of the market. */
  readonly at: number
  readonly fault: Fault
  /** The wires with the fault: A, B or both. Faults of the line or the task have no wire. */
  readonly wires: readonly number[]
  /** Number of frames, or milliseconds of a delay. */
  readonly amount: number
}

export interface Schedule {
  readonly seed: number
  readonly line: number
  readonly steps: readonly Step[]
}

/** Milliseconds in which faults happen. */
export const ACTIVE = 1200
/** By then all lanes have sent something, so that the next task has a place to go on from. */
const KILL_FROM = 300
const MOST_RANDOM_STEPS = 6
/** Faults that a schedule takes from the list in turn, so that some schedules together have all faults. */
const OWN_FAULTS = 2
/** Faults that cost seconds each: a half-open connection until it is noticed, a new task until it has read the stream. */
const SLOW_FAULTS: readonly Fault[] = [
  'half-open',
  'line restarted',
  'task killed',
  'resend refused',
  'bad for good',
]
const SLOW_FAULT_CHANCE = 0.1

/** So many schedules of neighbouring seeds have every fault. */
export const ROUND = Math.ceil(FAULTS.length / OWN_FAULTS)

export function scheduleOf(seed: number): Schedule {
  const random = randomOf('schedule', seed)
  const own = Array.from(
    { length: OWN_FAULTS },
    (_, index) => FAULTS[(seed * OWN_FAULTS + index) % FAULTS.length]!,
  )
  const others = Array.from({ length: 1 + below(random, MOST_RANDOM_STEPS) }, () => pick(random, FAULTS))
  const faults = [
    ...own,
    ...others.filter(fault => !SLOW_FAULTS.includes(fault) || random() < SLOW_FAULT_CHANCE),
  ]
  const steps = faults.map(fault => stepOf(fault, random)).sort((a, b) => a.at - b.at)
  return { seed, line: 1 + (seed % 3), steps }
}

function stepOf(fault: Fault, random: Random): Step {
  const at = fault === 'task killed' ? KILL_FROM + below(random, ACTIVE - KILL_FROM) : below(random, ACTIVE)
  const wires = pick(random, [[0], [1], [0, 1]])
  const amount = fault === 'delay' ? 1 + below(random, 150) : 1 + below(random, random() < 0.2 ? 60 : 8)
  return { at, fault, wires, amount }
}

const WIRE_NAMES = ['A', 'B']
const WITHOUT_WIRE: readonly Fault[] = [
  'resend refused',
  'bad for good',
  'text bad for good',
  'line restarted',
  'task killed',
]

/** Returns the schedule as text, one line a step. */
export function describeSchedule({ seed, line, steps }: Schedule): string {
  const lines = steps.map(({ at, fault, wires, amount }) => {
    const where = WITHOUT_WIRE.includes(fault)
      ? ''
      : ` on ${wires.map(wire => WIRE_NAMES[wire]).join(' and ')}`
    return `  ${String(at).padStart(5)} ms  ${fault}${where} (${amount})`
  })
  return [`schedule of seed ${seed}, line ${line}`, ...lines].join('\n')
}
