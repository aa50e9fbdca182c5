/** The metrics and the errors of a round, from its result. */
import type { MetricName } from '../../contract/metric-names.ts'
import { momentOf } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import type { EpochMicros, Millis } from '../../market/units.ts'
import type { PushResult } from '../../posts/push.ts'
import type { RoundResult } from './round.ts'

function sumOf(pushes: readonly PushResult[], count: (push: PushResult) => number): number {
  return pushes.reduce((total, push) => total + count(push), 0)
}

/** Returns the counts of a round by metric. */
export function countsOf({
  ticks,
  wholes,
  differences,
  badEnvelopes,
  boardsDue,
  pushes,
  blame,
}: RoundResult): Partial<Record<MetricName<'broadcast'>, number>> {
  return {
    TicksBroadcast: ticks,
    WholeBoards: wholes,
    Differences: differences,
    BadEnvelopes: badEnvelopes,
    BoardsDue: boardsDue,
    Posts: sumOf(pushes, push => push.posts),
    PostsFailed: blame.connection,
    PostsThrottled: blame.gateway,
    ConnectionsGone: sumOf(pushes, push => push.gone.length),
  }
}

/** Returns the mean and the longest time of a post; undefined without posts. */
export function postTimesOf(
  pushes: readonly PushResult[],
): { readonly mean: Millis; readonly slowest: Millis } | undefined {
  const posts = sumOf(pushes, push => push.posts)
  if (posts === 0) return undefined
  return {
    mean: sumOf(pushes, push => push.postMilliseconds) / posts,
    slowest: Math.max(...pushes.map(push => push.slowestPost)),
  }
}

/** Returns how long ago the time of a tick is at `now`. It is 0 for a tick ahead of this clock. */
export function lagOf({ tradingDate, time }: Tick, now: EpochMicros): Millis {
  return Math.max(0, (now - momentOf(tradingDate, time)) / 1000)
}

/** Returns the errors of posts, without duplicates. */
export function errorsOf(pushes: readonly PushResult[]): Set<string> {
  return new Set(pushes.flatMap(push => push.errors))
}
