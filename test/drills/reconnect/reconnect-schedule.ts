/** What happens to one app in a drill: cuts and holes of its network, ends of its connections and tokens. */
import { below, type Random } from '../../../local/exchange/random.ts'
import type { RequestedView } from '../../../market/protocol.ts'
import type { Millis, Seconds } from '../../../market/units.ts'
import { LINK_FAULTS, type LinkFault } from '../standby/link.ts'

/** Something that happens at a time after the start. */
export type Act =
  /** All connections of the app end at once, and it may connect again. */
  | { readonly kind: 'cut'; readonly at: Millis }
  /** The app has no network for some time. */
  | { readonly kind: 'hole'; readonly at: Millis; readonly how: LinkFault; readonly length: Millis }
  /** The issuer of tokens does not answer the app for some time. */
  | { readonly kind: 'no-token'; readonly at: Millis; readonly length: Millis }

export interface AppSchedule {
  readonly acts: readonly Act[]
  /** Places of the issues that the app subscribes to, in the list of all issues. */
  readonly issues: readonly number[]
  readonly view: RequestedView
  /** The pace that the app asks for. */
  readonly pace: Millis
  readonly tokenLife: Seconds
  /** Ages at which the app replaces a connection. Above the life of a connection the gateway ends it first. */
  readonly handOver: { readonly from: Millis; readonly to: Millis }
}

export interface ScheduleSize {
  /** Time in which acts begin. */
  readonly length: Millis
  /** The shortest and the longest hole. */
  readonly hole: readonly [shortest: Millis, longest: Millis]
  /** Issues of the market, the busiest first, and issues of an app. */
  readonly issues: number
  readonly issuesPerApp: number
  /** Life of a connection: two hours of API Gateway, shortened. */
  readonly connectionLife: Millis
  /** The shortest and the longest life of a token. */
  readonly tokenLife: readonly [shortest: Seconds, longest: Seconds]
}

/** Mean time between the end of an act and the next one, as a share of the length. */
const PAUSE_SHARE = 0.15
const PACES: readonly Millis[] = [100, 500, 1_000, 2_000]
/** Shares of the kinds of acts. The rest are holes. */
const CUTS = 0.35
const TOKEN_FAULTS = 0.15
/** Share of apps whose connections live until the gateway ends them. */
const WITHOUT_HAND_OVER = 0.3

export function makeSchedule(random: Random, size: ScheduleSize): AppSchedule {
  const view: RequestedView = random() < 0.6 ? 'board' : 'quote'
  const { connectionLife: life } = size
  const isReplaced = random() >= WITHOUT_HAND_OVER
  const from = isReplaced ? life * between(random, 0.3, 0.7) : 2 * life
  return {
    acts: makeActs(random, size),
    issues: pick(random, size.issues, size.issuesPerApp),
    view,
    pace: PACES[below(random, PACES.length)]!,
    tokenLife: Math.round(between(random, ...size.tokenLife)),
    handOver: { from, to: from + life * 0.15 },
  }
}

function makeActs(random: Random, { length, hole, tokenLife }: ScheduleSize): Act[] {
  const acts: Act[] = []
  const pause = (): Millis => -Math.log(1 - random()) * PAUSE_SHARE * length
  for (let at = pause(); at < length; at += pause()) {
    const kind = random()
    if (kind < CUTS) {
      acts.push({ kind: 'cut', at })
      continue
    }
    if (kind < CUTS + TOKEN_FAULTS) {
      // Often longer than a token lives, so that the connection ends with it.
      const fault = between(random, 0.5, 1.5) * tokenLife[0] * 1_000
      acts.push({ kind: 'no-token', at, length: fault })
      at += fault
      continue
    }
    // Short holes are more frequent: the logarithm is uniform.
    const [shortest, longest] = hole
    const time = shortest * (longest / shortest) ** random()
    acts.push({ kind: 'hole', at, how: LINK_FAULTS[below(random, LINK_FAULTS.length)]!, length: time })
    at += time
  }
  return acts
}

function between(random: Random, low: number, high: number): number {
  return low + random() * (high - low)
}

/** Returns different numbers below `count`. Low numbers, which are busy issues, are more frequent. */
function pick(random: Random, count: number, chosen: number): number[] {
  const numbers = new Set<number>()
  while (numbers.size < Math.min(chosen, count)) numbers.add(Math.floor(random() ** 2 * count))
  return [...numbers]
}
