/** The load of the system in one second of trading, from the market's ticks and the apps' subscriptions. */

import { POSTS_PER_SECOND, SHARDS_AWAKE } from '../../cdk/sizing.ts'
import { WRITE_EVERY_MS } from '../../functions/broadcast/board-writer.ts'
import type { Encoding } from '../../market/protocol.ts'
import { POSTS_PER_PUSH } from '../../posts/push.ts'
import { BOARD_GROUPS } from '../../tables/boards/board-groups.ts'
import {
  type BilledView,
  BOARD_WRITES,
  BUSIEST,
  DEFLATE_SECONDS_A_BYTE,
  DEFLATE_SECONDS_A_POST,
  LISTED_ISSUES,
  POSTS_A_CPU_SECOND,
  ROUND_SECONDS,
  SHOWN,
} from './measured.ts'
import type { Month } from './month.ts'
import { postBytes, sentBytes } from './post-bytes.ts'

/** The input of a bill. */
export interface Usage {
  /** Registered apps, all connected during trading hours. */
  readonly connections: number
  /** Issues that each app holds. */
  readonly issues: number
  /** Ticks of the whole market in a month. */
  readonly ticks: number
  /** Shortest time between two posts to an app, ms. */
  readonly pace: number
  readonly view: BilledView
  readonly encoding: Encoding
}

export interface Traffic {
  readonly ticksPerSecond: number
  /** Length of a round, seconds. Each shard has its own rounds. */
  readonly round: number
  /** Rounds of all shards in a second. */
  readonly rounds: number
  /** Calls of push-room in a second. */
  readonly pushes: number
  /** Factor by which the budget of posts lengthens the pace of every app; 1 below the budget. */
  readonly stretch: number
  /** Posts a second to all connections. */
  readonly posts: number
  /** Updates in a post. */
  readonly updates: number
  /** Bytes of a post as JSON. */
  readonly bytesAPost: number
  /** Bytes of a post as it is sent. */
  readonly sentBytesAPost: number
  /** Updates of all issues in a second, if each issue has one update a pace. */
  readonly changes: number
  /** Write units of the boards table in a second. */
  readonly boardWrites: number
}

export function trafficOf(usage: Usage, { tradingHours }: Month): Traffic {
  const { connections, issues, ticks, view, encoding } = usage
  const pace = usage.pace / 1000
  const ticksPerSecond = ticks / (tradingHours * 3600)
  const shown = ticksPerSecond * SHOWN[view]
  /** Ticks a second that an app sees. */
  const held = partOf(issues) * shown
  const wanted = connections * rateOf(pace, held)
  const posts = Math.min(wanted, POSTS_PER_SECOND)
  // Posts of one interval go to all connections once.
  const interval = posts < wanted ? intervalOf(posts / connections, held) : pace
  // A post at the end of the pace has all changes since the last post; a post to an app that waited has one.
  const updates = posts === 0 ? 0 : changedIn(interval, shown, issues) + Math.exp(-held * interval)
  const bytesAPost = posts === 0 ? 0 : postBytes(view, updates, (connections * held) / posts)
  const { round, pushes } = roundOf(posts / SHARDS_AWAKE, cpuOfPost(encoding, bytesAPost))
  const rounds = (SHARDS_AWAKE / round) * atLeastOnce((ticksPerSecond * round) / SHARDS_AWAKE)
  return {
    ticksPerSecond,
    round,
    rounds,
    pushes: rounds * pushes,
    stretch: interval / pace,
    posts,
    updates,
    bytesAPost,
    sentBytesAPost: sentBytes(view, encoding, bytesAPost),
    changes: changedIn(interval, shown, LISTED_ISSUES) / interval,
    boardWrites: boardWrites(ticksPerSecond),
  }
}

/** Returns the CPU seconds of a post. */
function cpuOfPost(encoding: Encoding, bytes: number): number {
  const compressing = encoding === 'json' ? 0 : DEFLATE_SECONDS_A_POST + bytes * DEFLATE_SECONDS_A_BYTE
  return 1 / POSTS_A_CPU_SECOND + compressing
}

/**
 * Returns the seconds of a round and its calls of push-room. Broadcast posts the only push of a round itself, on its one
 * CPU. The pushes of larger rounds go to push-room, in parallel; the bill assumes that the round waits for a full push.
 * @param posts posts a second of one environment of broadcast.
 */
function roundOf(posts: number, cpu: number): { readonly round: number; readonly pushes: number } {
  const alone = ROUND_SECONDS / Math.max(0, 1 - posts * cpu)
  if (posts * alone <= POSTS_PER_PUSH || posts === 0) return { round: alone, pushes: 0 }
  const round = ROUND_SECONDS + POSTS_PER_PUSH * cpu
  return { round, pushes: Math.ceil((posts * round) / POSTS_PER_PUSH) }
}

/**
 * Returns posts a second to an app that sees `held` ticks a second: the next post goes when the pace is over, or with the
 * first tick after that.
 */
function rateOf(pace: number, held: number): number {
  return held === 0 ? 0 : 1 / (pace + Math.exp(-held * pace) / held)
}

/** Number of bisection steps: the interval is then far smaller than any pace. */
const HALVINGS = 100

/** Returns the pace that gives `rate` posts a second to an app. */
function intervalOf(rate: number, held: number): number {
  let [low, high] = [0, 1 / rate]
  for (let halvings = 0; halvings < HALVINGS; halvings++) {
    const middle = (low + high) / 2
    if (rateOf(middle, held) > rate) low = middle
    else high = middle
  }
  return high
}

/** Returns write units a second of the boards table: a group is written if one of its boards has changed. */
function boardWrites(ticksPerSecond: number): number {
  const seconds = WRITE_EVERY_MS / 1000
  return (BOARD_WRITES / seconds) * atLeastOnce((ticksPerSecond * seconds) / BOARD_GROUPS)
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
