/** A gate lets requests through as long as every one of its limits has a token for them. */
import type { ThrottleReport } from './throttle-report.ts'
import type { TokenBucket } from './token-bucket.ts'

export interface Limit {
  readonly bucket: TokenBucket
  /** Describes the limit for a person: `10,000 requests/s`. */
  readonly text: string
}

export interface Gate {
  /** Takes a token of each limit. Returns false, and counts the refusal, if one of the limits has none. */
  admit(): boolean
}

/**
 * @param what the requests, for the report: `posts`.
 * @param limits the narrowest first: a request that it refuses takes no token of the wider ones.
 */
export function createGate(what: string, limits: readonly Limit[], report: ThrottleReport): Gate {
  const stages = limits.map(({ bucket, text }) => ({ bucket, refuse: report.counter(what, text) }))
  return {
    admit() {
      for (const { bucket, refuse } of stages) {
        if (bucket.take()) continue
        refuse()
        return false
      }
      return true
    },
  }
}
