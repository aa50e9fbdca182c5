/** Counts what quotas refuse and reports it, a line for each limit and at most every ten seconds. */

export interface ThrottleReport {
  /** Everything that was refused since the start. */
  readonly total: number
  /**
   * Returns a function that counts one refusal. Equal texts are counted together.
   * @param what `posts`
   * @param limit the limit that refused: `10,000 requests/s`
   */
  counter(what: string, limit: string): () => void
  /** Reports what is counted and not yet reported. */
  close(): void
}

/** Time in which the first refusals are gathered, so that their line has more than one of them. */
const GATHER_MS = 1_000
/** Shortest time between two reports. */
const INTERVAL_MS = 10_000

interface Count {
  /** `posts refused (10,000 requests/s)` */
  readonly text: string
  refused: number
}

/** @param log receives `quota: 1,204 posts refused (10,000 requests/s)`. */
export function createThrottleReport(log: (text: string) => void): ThrottleReport {
  /** By text. */
  const all = new Map<string, Count>()
  /** The counts since the last report. */
  const counts = new Set<Count>()
  let timer: NodeJS.Timeout | undefined
  let total = 0

  const flush = (): void => {
    for (const count of counts) {
      log(`quota: ${formatCount(count.refused)} ${count.text}`)
      count.refused = 0
    }
    counts.clear()
  }
  const wait = (milliseconds: number): void => {
    timer = setTimeout(() => {
      timer = undefined
      if (counts.size === 0) return
      flush()
      wait(INTERVAL_MS)
    }, milliseconds).unref()
  }
  return {
    get total() {
      return total
    },
    counter(what, limit) {
      const text = `${what} refused (${limit})`
      const count = all.get(text) ?? { text, refused: 0 }
      all.set(text, count)
      return () => {
        total++
        count.refused++
        counts.add(count)
        if (timer === undefined) wait(GATHER_MS)
      }
    },
    close() {
      clearTimeout(timer)
      flush()
    },
  }
}

/** Returns a logical id without the hash that the CDK appends: `TablesBoards689FC2DD`. */
export function shortName(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, '')
}

/** Formats a number with thousands separators: `1,204`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}
