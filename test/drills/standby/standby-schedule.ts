/** Schedules of faults of the tasks of a line, drawn from a seed. */
import { below, pick, type Random } from '../../../local/exchange/random.ts'
import { randomOf } from '../seed.ts'
import { TABLE_FAULTS, type TableFault } from './drill-control.ts'
import { BAD_IMAGES, type BadImage, type LinkName } from './drill-task.ts'
import { LINK_FAULTS, type LinkFault } from './link.ts'

/** The task that has the fault, by what it does when the fault starts. */
export type Role = 'holder' | 'standby'

export type Step =
  /** SIGKILL. */
  | { readonly kind: 'kill'; readonly role: Role }
  /** SIGKILL, and everything that it has sent on its way stops. */
  | { readonly kind: 'zone'; readonly role: Role }
  /** SIGSTOP, and SIGCONT after `ms`. */
  | { readonly kind: 'freeze'; readonly role: Role; readonly ms: number }
  | {
      readonly kind: 'cut'
      readonly role: Role
      readonly from: Cut
      readonly how: LinkFault
      readonly ms: number
    }
  /** The control table fails for all tasks. */
  | { readonly kind: 'table'; readonly how: TableFault; readonly ms: number }
  /** New tasks replace both tasks, one after the other. */
  | { readonly kind: 'deployment' }
  /** A deployment whose first task does not work: it is ended, and the two tasks stay. */
  | { readonly kind: 'bad image'; readonly image: BadImage }
  /** SIGKILL of both. `isNextCut`: the next task cannot reach its line, and starts before the other. */
  | { readonly kind: 'both die'; readonly isNextCut: boolean }

export type Cut = 'line A' | 'line' | 'stream' | 'lease' | 'everything'
export const CUT_LINKS: Readonly<Record<Cut, readonly LinkName[]>> = {
  'line A': ['lineA'],
  line: ['lineA', 'lineB'],
  stream: ['stream'],
  lease: ['lease'],
  everything: ['lineA', 'lineB', 'stream', 'lease'],
}

/** Faults that start together. The next act starts when the line has a holder and a ready standby again. */
export interface Act {
  /** Milliseconds after the line has both. */
  readonly delay: number
  readonly steps: readonly Step[]
}

export interface Schedule {
  readonly seed: number
  /** How far the clocks of the machines of the first two tasks are ahead, ms. */
  readonly clockErrors: readonly [number, number]
  readonly acts: readonly Act[]
}

const LONGEST_DELAY = 900
/** Length of a fault, ms: from less than a lease lasts to several leases. */
const SHORTEST_FAULT = 300
const LONGEST_FAULT = 4_000
const LONGEST_FREEZE = 10_000
const LONG_FREEZE_CHANCE = 0.15
const SECOND_ACT_CHANCE = 0.3
const SECOND_STEP_CHANCE = 0.2
const WRONG_CLOCK_CHANCE = 0.25
/** Milliseconds. A message may be a second early (TIME_TOLERANCE): a clock further behind would judge messages as impossible. */
const CLOCK_ERRORS = [-500, 2_000, 60_000, 3_600_000] as const

const ROLES: readonly Role[] = ['holder', 'standby']
/** What a schedule tests first, in turn, so that some schedules of neighbouring seeds have every fault. */
const FIRST_STEPS: readonly ((random: Random) => Step)[] = [
  ...ROLES.flatMap((role): ((random: Random) => Step)[] => [
    () => ({ kind: 'kill', role }),
    () => ({ kind: 'zone', role }),
    random => ({ kind: 'freeze', role, ms: freezeLength(random) }),
    ...(Object.keys(CUT_LINKS) as Cut[]).flatMap(from =>
      LINK_FAULTS.map(
        how =>
          (random: Random): Step => ({ kind: 'cut', role, from, how, ms: faultLength(random) }),
      ),
    ),
  ]),
  ...TABLE_FAULTS.map(
    how =>
      (random: Random): Step => ({ kind: 'table', how, ms: faultLength(random) }),
  ),
  // These matter most, so each has several turns.
  () => ({ kind: 'kill', role: 'holder' }),
  () => ({ kind: 'deployment' }),
  ...BAD_IMAGES.map(image => (): Step => ({ kind: 'bad image', image })),
  random => ({ kind: 'freeze', role: 'holder', ms: freezeLength(random) }),
  () => ({ kind: 'deployment' }),
  () => ({ kind: 'both die', isNextCut: false }),
  () => ({ kind: 'both die', isNextCut: true }),
]
/** So many schedules of neighbouring seeds have every fault. */
export const ROUND = FIRST_STEPS.length
/** Coprime to {@link ROUND}, so that neighbouring seeds have different kinds of faults. */
const STRIDE = 17

export function scheduleOf(seed: number): Schedule {
  const random = randomOf('standby', seed)
  const first = actOf(FIRST_STEPS[(seed * STRIDE) % ROUND]!(random), random)
  const second = random() < SECOND_ACT_CHANCE ? [actOf(pick(random, FIRST_STEPS)(random), random)] : []
  const clockError = random() < WRONG_CLOCK_CHANCE ? pick(random, CLOCK_ERRORS) : 0
  const clockErrors = random() < 0.5 ? ([clockError, 0] as const) : ([0, clockError] as const)
  return { seed, clockErrors, acts: [first, ...second] }
}

function actOf(step: Step, random: Random): Act {
  const delay = below(random, LONGEST_DELAY)
  const isPair = random() < SECOND_STEP_CHANCE && step.kind !== 'both die'
  if (!isPair) return { delay, steps: [step] }
  if (step.kind === 'bad image') return { delay, steps: [step, { kind: 'kill', role: 'holder' }] }
  if (step.kind === 'table') return { delay, steps: [step, { kind: 'kill', role: pick(random, ROLES) }] }
  return { delay, steps: [step, { kind: 'table', how: pick(random, TABLE_FAULTS), ms: faultLength(random) }] }
}

function faultLength(random: Random): number {
  return SHORTEST_FAULT + below(random, LONGEST_FAULT - SHORTEST_FAULT)
}

function freezeLength(random: Random): number {
  return random() < LONG_FREEZE_CHANCE
    ? LONGEST_FAULT + below(random, LONGEST_FREEZE - LONGEST_FAULT)
    : faultLength(random)
}

/** Returns whether the holder has a fault, or is replaced. */
export function concernsHolder({ steps }: Act): boolean {
  return steps.some(step => ('role' in step ? step.role === 'holder' : step.kind === 'deployment'))
}

/** Returns whether the line must go on within two seconds: at most one of its parts fails. */
export function isBounded(act: Act): boolean {
  const isCold = act.steps.some(({ kind }) => kind === 'both die')
  const isPairWithTable = act.steps.length > 1 && act.steps.some(({ kind }) => kind === 'table')
  return !isCold && !(isPairWithTable && concernsHolder(act))
}

/** Returns the name of the fault for tables of figures. */
export function nameOf({ steps: [step, second] }: Act): string {
  if (step === undefined || second !== undefined) return 'two at once'
  switch (step.kind) {
    case 'kill':
    case 'zone':
    case 'freeze':
      return `${step.role}: ${step.kind}`
    case 'cut':
      return `${step.role}: ${step.from} ${step.how}`
    case 'table':
      return `table ${step.how}`
    case 'bad image':
      return `bad image: ${step.image}`
    case 'both die':
      return step.isNextCut ? 'both die, next without line' : step.kind
    default:
      return step.kind
  }
}

function describeStep(step: Step): string {
  const length = 'ms' in step ? ` for ${step.ms} ms` : ''
  return `${nameOf({ delay: 0, steps: [step] })}${length}`
}

/** Returns the schedule as text, one line an act. */
export function describeSchedule({ seed, clockErrors, acts }: Schedule): string {
  const clocks = clockErrors.some(error => error !== 0)
    ? [`  clocks of the tasks: ${clockErrors.join(' and ')} ms ahead`]
    : []
  const lines = acts.map(
    ({ delay, steps }) => `  ${String(delay).padStart(4)} ms  ${steps.map(describeStep).join(', and ')}`,
  )
  return [`schedule of seed ${seed}`, ...clocks, ...lines].join('\n')
}
