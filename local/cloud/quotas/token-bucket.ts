/** A token bucket: the model of every quota that is counted a second. */

export interface TokenBucket {
  /** Returns whether so many tokens are there. For more than the bucket holds, it must be full. */
  has(tokens: number): boolean
  /** Takes tokens that are used in any case. The bucket may go below zero. */
  charge(tokens: number): void
  /** Takes tokens if {@link has} is true. Returns whether it took them. */
  take(tokens?: number): boolean
}

export interface TokenBucketOptions {
  readonly ratePerSecond: number
  /** Tokens of a full bucket. A new bucket is full. */
  readonly capacity: number
  /** Returns the time in seconds. */
  readonly seconds: () => number
}

export function createTokenBucket({ ratePerSecond, capacity, seconds }: TokenBucketOptions): TokenBucket {
  let level = capacity
  let filledAt = seconds()
  const has = (tokens: number): boolean => {
    const now = seconds()
    // A clock that goes back fills nothing.
    if (now > filledAt) level = Math.min(capacity, level + (now - filledAt) * ratePerSecond)
    filledAt = now
    return level >= Math.min(tokens, capacity)
  }
  const charge = (tokens: number): void => {
    level -= tokens
  }
  return {
    has,
    charge,
    take(tokens = 1) {
      if (!has(tokens)) return false
      charge(tokens)
      return true
    },
  }
}

/** Real time in seconds, which does not jump with the clock of the machine. */
export function realSeconds(): number {
  return performance.now() / 1000
}
