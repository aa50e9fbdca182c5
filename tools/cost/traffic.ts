/** The load of the system in one second of trading, from the market's ticks and the apps' subscriptions. */
import { ROOM_COUNT, SHARDS_AWAKE } from '../../cdk/sizing.ts'
import {
  BUSIEST,
  LISTED_ISSUES,
  POST_FRAME_BYTES,
  POSTS_A_CPU_SECOND,
  ROUND_SECONDS,
  UPDATE_BYTES,
} from './measured.ts'
import type { Month } from './month.ts'

/** The input of a bill. */
export interface Usage {
  /** Registered apps, all connected during trading hours. */
  readonly connections: number
  /** Issues that each app holds. */
  readonly issues: number
  /** Ticks of the whole market in a month. */
  readonly ticks: number
}

/** Requests a second to API Gateway for an account, including posts (quota; AWS raises it on request). */
export const REQUESTS_QUOTA = 10_000

/** Upper bound of posts a second from all rooms of all shards. */
const POSTS_AT_MOST = SHARDS_AWAKE * ROOM_COUNT * POSTS_A_CPU_SECOND
/** Upper bound of the wait for the next post, seconds. */
const LONGEST_GAP = 3600
/** Number of bisection steps: the interval is then far smaller than any rate. */
const HALVINGS = 100

export interface Traffic {
  readonly ticksPerSecond: number
  /** Length of a round, seconds. Each shard has its own rounds. */
  readonly round: number
  /** Rounds of all shards in a second. */
  readonly rounds: number
  /** Boards written to the boards table in a second: each round writes the changed boards. */
  readonly boards: number
  /** Rooms for which broadcast calls push-room in a round. */
  readonly rooms: number
  /** Posts a second to all connections. */
  readonly posts: number
  /** Updates in a post. */
  readonly updates: number
  readonly bytesAPost: number
  /** Whether the quota limits the posts, and not the length of a round. */
  readonly atQuota: boolean
}

export function trafficOf({ connections, issues, ticks }: Usage, { tradingHours }: Month): Traffic {
  const ticksPerSecond = ticks / (tradingHours * 3600)
  /** Returns posts a second to one connection for a round of this length. */
  const rateOf = (round: number): number =>
    (SHARDS_AWAKE / round) * atLeastOnce((partOf(issues) * ticksPerSecond * round) / SHARDS_AWAKE)
  /** Returns the length of a round: it grows with the share of its time spent on posts. */
  const roundAt = (posts: number): number => ROUND_SECONDS / (1 - posts / POSTS_AT_MOST)
  const wanted = (posts: number): number => connections * rateOf(roundAt(posts))

  const atQuota = wanted(REQUESTS_QUOTA) > REQUESTS_QUOTA
  const posts = atQuota ? REQUESTS_QUOTA : least(0, REQUESTS_QUOTA, some => wanted(some) <= some)
  const round = roundAt(posts)
  // Updates refused because of the quota go with a later round, as if each connection had fewer rounds.
  const gap = atQuota ? least(round, LONGEST_GAP, some => connections * rateOf(some) <= posts) : round

  const updates = posts === 0 ? 0 : (connections * changedIn(gap, ticksPerSecond, issues)) / gap / posts
  return {
    ticksPerSecond,
    round,
    rounds: (SHARDS_AWAKE / round) * atLeastOnce((ticksPerSecond * round) / SHARDS_AWAKE),
    boards: changedIn(round, ticksPerSecond, LISTED_ISSUES) / round,
    // Broadcast serves a single room itself.
    rooms: posts > 0 && connections > 1 ? Math.min(connections, ROOM_COUNT) : 0,
    posts,
    updates,
    bytesAPost: posts === 0 ? 0 : POST_FRAME_BYTES + updates * UPDATE_BYTES,
    atQuota,
  }
}

/** Returns the probability of at least one event if `times` events are expected (Poisson). */
function atLeastOnce(times: number): number {
  return -Math.expm1(-times)
}

/** Returns the share of all ticks that belong to the `issues` busiest issues, interpolated between measured points. */
export function partOf(issues: number): number {
  let [before, part] = [0, 0]
  for (const [count, upTo] of BUSIEST) {
    if (issues <= count) return part + ((upTo - part) * (issues - before)) / (count - before)
    ;[before, part] = [count, upTo]
  }
  return 1
}

/** Returns how many of the `issues` busiest issues have a tick within `seconds`. */
export function changedIn(seconds: number, ticksPerSecond: number, issues: number): number {
  let [before, part, changed] = [0, 0, 0]
  for (const [count, upTo] of BUSIEST) {
    const each = ((upTo - part) / (count - before)) * ticksPerSecond * seconds
    changed += Math.max(0, Math.min(issues, count) - before) * atLeastOnce(each)
    ;[before, part] = [count, upTo]
  }
  return changed
}

/** Returns the smallest value from `low` to `high` for which `holds` is true. It must be true for every larger value. */
function least(low: number, high: number, holds: (value: number) => boolean): number {
  if (holds(low)) return low
  for (let halvings = 0; halvings < HALVINGS; halvings++) {
    const middle = (low + high) / 2
    if (holds(middle)) high = middle
    else low = middle
  }
  return high
}
