/** Collects the metrics that functions publish: lines of the embedded metric format on standard output. */

/** An invocation's metrics by name. */
export type Published = Readonly<Record<string, unknown>>

export interface CapturedMetrics extends Disposable {
  /** Returns what was published since the last call. Members of the format itself are left out. */
  take(): Published[]
}

/** Captures metrics from now on. Call it before the functions are imported, and after `startTables`. */
export function captureMetrics(): CapturedMetrics {
  process.env.POWERTOOLS_METRICS_DISABLED = 'false'
  const published: Published[] = []
  const { stdout } = process
  const original = stdout.write
  stdout.write = ((...args: Parameters<typeof original>) => {
    const [chunk] = args
    if (typeof chunk !== 'string' || !chunk.startsWith('{"_aws"')) return original.apply(stdout, args)
    const { _aws, service, ...metrics } = JSON.parse(chunk) as Published
    published.push(metrics)
    return true
  }) as typeof original
  return {
    take: () => published.splice(0),
    [Symbol.dispose]: () => {
      stdout.write = original
    },
  }
}
