/** Faults of a simulated year: of the events that start market-hours, and of the calls that it makes. */
import { below, pick, type Random } from '../../local/exchange/random.ts'
import type { EpochMicros } from '../../market/units.ts'
import { AwsFault } from './account-parts.ts'
import type { CallFaults } from './simulated-clients.ts'

const MINUTE = 60_000_000
const SERVICES = [
  'ecs',
  'kinesis',
  'lambda',
  'dynamodb',
  'cloudwatch',
  'scheduler',
  'control',
  'signs',
  'calendar',
] as const
export type Service = (typeof SERVICES)[number]

/**
 * `missed`: events are not delivered. `doubled`: they come twice at once. `late`: they come up to four minutes later. `killed`: a
 * run ends in the middle, and its lock stays. `away`: calls of a service fail. `throttled`: a third of all calls are throttled.
 * `lost`: a third of all answers are lost after AWS has done what it was asked for.
 */
export const FAULT_KINDS = ['missed', 'doubled', 'late', 'killed', 'away', 'throttled', 'lost'] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

export interface YearFault {
  readonly kind: FaultKind
  readonly from: EpochMicros
  readonly until: EpochMicros
  readonly service: Service
}

/** Longest fault, minutes. */
const LONGEST = 15
/** Faults a day. */
const A_DAY = 6

/** Returns the faults of a day, most of them near the times at which something changes. @param borders of the day. */
export function faultsOf(
  midnight: EpochMicros,
  borders: readonly EpochMicros[],
  random: Random,
): YearFault[] {
  return Array.from({ length: A_DAY }, () => {
    const isNear = borders.length > 0 && random() < 0.7
    const at = isNear
      ? pick(random, borders) + (below(random, 20) - 15) * MINUTE
      : midnight + below(random, 24 * 60) * MINUTE
    const length = (1 + below(random, LONGEST)) * MINUTE
    return {
      kind: pick(random, FAULT_KINDS),
      from: at as EpochMicros,
      until: (at + length) as EpochMicros,
      service: pick(random, SERVICES),
    }
  })
}

/** The faults of calls at a time. */
export class FaultyCalls implements CallFaults {
  readonly #random: Random
  readonly #dropped: ReadonlySet<string>
  /** The faults that hold now. */
  active: readonly YearFault[] = []
  /** Calls until the run is killed; undefined if it is not. */
  callsLeft: number | undefined

  /** @param dropped commands that AWS answers without doing anything. */
  constructor(random: Random, dropped: readonly string[]) {
    this.#random = random
    this.#dropped = new Set(dropped)
  }

  drops(command: string): boolean {
    return this.#dropped.has(command)
  }

  before(service: string): void {
    if (this.callsLeft !== undefined && this.callsLeft-- <= 0)
      throw new AwsFault('Killed', 'the run has ended')
    for (const fault of this.active) {
      if (fault.kind === 'away' && fault.service === service)
        throw new AwsFault('TimeoutError', `${service} does not answer`)
      if (fault.kind === 'throttled' && this.#random() < 1 / 3)
        throw new AwsFault('ThrottlingException', 'Rate exceeded')
    }
  }

  after(_service: string): void {
    if (this.active.some(({ kind }) => kind === 'lost') && this.#random() < 1 / 3)
      throw new AwsFault('TimeoutError', 'the answer is lost')
  }
}
