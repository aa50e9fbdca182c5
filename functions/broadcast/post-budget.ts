/**
 * The posts that this environment may start. API Gateway allows an account 10,000 requests a second, posts included, and
 * answers 429 above it. The budget is below the quota, so no post is refused.
 */
import { asEpochMillis, type EpochMillis } from '../../market/units.ts'

/**
 * Time whose posts may start at once (ms), so that a long round loses none of its posts. With 8,000 posts a second they are
 * 4,000; the bucket of API Gateway has 5,000 requests (API Gateway quotas).
 */
const BURST_MS = 500
/** The rate falls by this factor, at most once a {@link STEP_MS}, and rises again by this share of the full rate. */
const SLOWER = 0.8
const RISE = 0.05
const STEP_MS = 1_000
/** The rate does not fall below this share of the full rate. */
const LEAST_SHARE = 0.05

export interface PostBudget {
  /** Returns how many posts may start at `now`. */
  available(now: EpochMillis): number
  /** Takes posts that start. They may be more than available: a connection may need several posts. */
  take(posts: number): void
  /** Notes whether API Gateway refuses posts because of the quota (refusals.ts). Returns whether the rate has fallen. */
  note(isAboveQuota: boolean, now: EpochMillis): boolean
}

/** @param perSecond posts a second while API Gateway refuses none. */
export function createPostBudget(perSecond: number): PostBudget {
  let rate = perSecond
  let left = (perSecond * BURST_MS) / 1_000
  let filledAt: EpochMillis | undefined
  let steppedAt = asEpochMillis(0)

  return {
    available(now) {
      const passed = Math.max(0, now - (filledAt ?? now))
      left = Math.min(Math.max(1, (rate * BURST_MS) / 1_000), left + (rate * passed) / 1_000)
      filledAt = now
      return Math.max(0, Math.floor(left))
    },
    take(posts) {
      left -= posts
    },
    note(isAboveQuota, now) {
      if (now - steppedAt < STEP_MS) return false
      if (!isAboveQuota && rate === perSecond) return false
      if (isAboveQuota) rate = Math.max(perSecond * LEAST_SHARE, rate * SLOWER)
      else rate = Math.min(perSecond, rate + perSecond * RISE)
      steppedAt = now
      return isAboveQuota
    },
  }
}
