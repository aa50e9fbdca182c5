/** What the apps and the market make the system do in a second of trading. */
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

/** What a bill is asked for. */
export interface Usage {
  /** Registered apps connected at the same time, all through the sessions. */
  readonly connections: number
  /** Issues that each of them holds. */
  readonly issues: number
  /** Of the whole market, in a month. */
  readonly ticks: number
}

/** Requests a second that an account may make to API Gateway, posts among them (its quota; more on request). */
export const REQUESTS_QUOTA = 10_000

/** Posts a second that all rooms of all shards can make. */
const POSTS_AT_MOST = SHARDS_AWAKE * ROOM_COUNT * POSTS_A_CPU_SECOND
/** Seconds; a connection waits no longer for its next post, whatever is asked. */
const LONGEST_GAP = 3600
/** Of an interval, until it is small beside the smallest rate. */
const HALVINGS = 100

export interface Traffic {
  readonly ticksPerSecond: number
  /** Length of a round, seconds. Each shard has rounds of its own. */
  readonly round: number
  /** Rounds of all shards in a second. */
  readonly rounds: number
  /** Boards of the whole market written to the boards table in a second: each round writes those that changed. */
  readonly boards: number
  /** Rooms for which broadcast calls push-room in a round. */
  readonly rooms: number
  /** Posts a second to all connections. */
  readonly posts: number
  /** Updates in a post. */
  readonly updates: number
  readonly bytesAPost: number
  /** The quota, not the length of a round, is what posts are limited by. */
  readonly atQuota: boolean
}

export function trafficOf({ connections, issues, ticks }: Usage, { tradingHours }: Month): Traffic {
  const ticksPerSecond = ticks / (tradingHours * 3600)
  /** Posts a second to one connection, where a round is so long. */
  const rateOf = (round: number): number =>
    (SHARDS_AWAKE / round) * spoken((partOf(issues) * ticksPerSecond * round) / SHARDS_AWAKE)
  /** A round takes the longer, the more of its time goes to posts. */
  const roundAt = (posts: number): number => ROUND_SECONDS / (1 - posts / POSTS_AT_MOST)
  const wanted = (posts: number): number => connections * rateOf(roundAt(posts))

  const atQuota = wanted(REQUESTS_QUOTA) > REQUESTS_QUOTA
  const posts = atQuota ? REQUESTS_QUOTA : least(0, REQUESTS_QUOTA, some => wanted(some) <= some)
  const round = roundAt(posts)
  // What is refused for the quota goes with a later round: as if there were fewer rounds for each connection.
  const gap = atQuota ? least(round, LONGEST_GAP, some => connections * rateOf(some) <= posts) : round

  const updates = posts === 0 ? 0 : (connections * changedIn(gap, ticksPerSecond, issues)) / gap / posts
  return {
    ticksPerSecond,
    round,
    rounds: (SHARDS_AWAKE / round) * spoken((ticksPerSecond * round) / SHARDS_AWAKE),
    boards: changedIn(round, ticksPerSecond, LISTED_ISSUES) / round,
    // One room alone is served in process.
    rooms: posts > 0 && connections > 1 ? Math.min(connections, ROOM_COUNT) : 0,
    posts,
    updates,
    bytesAPost: posts === 0 ? 0 : POST_FRAME_BYTES + updates * UPDATE_BYTES,
    atQuota,
  }
}

/** Chance that something happens that is to be expected `times` times. */
function spoken(times: number): number {
  return -Math.expm1(-times)
}

/** Part of all ticks that the so many busiest issues have: a line through the points known. */
export function partOf(issues: number): number {
  let [before, part] = [0, 0]
  for (const [count, upTo] of BUSIEST) {
    if (issues <= count) return part + ((upTo - part) * (issues - before)) / (count - before)
    ;[before, part] = [count, upTo]
  }
  return 1
}

/** How many of the so many busiest issues have a tick within `seconds`. */
export function changedIn(seconds: number, ticksPerSecond: number, issues: number): number {
  let [before, part, changed] = [0, 0, 0]
  for (const [count, upTo] of BUSIEST) {
    const each = ((upTo - part) / (count - before)) * ticksPerSecond * seconds
    changed += Math.max(0, Math.min(issues, count) - before) * spoken(each)
    ;[before, part] = [count, upTo]
  }
  return changed
}

/** The least value between `low` and `high` for which `holds`, which it does for all above. */
function least(low: number, high: number, holds: (value: number) => boolean): number {
  if (holds(low)) return low
  for (let halvings = 0; halvings < HALVINGS; halvings++) {
    const middle = (low + high) / 2
    if (holds(middle)) high = middle
    else low = middle
  }
  return high
}
