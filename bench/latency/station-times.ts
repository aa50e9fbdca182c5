/** How long a tick stays at each station of the way to an app, from the logs of a running system. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EpochMillis, Millis } from '../../market/units.ts'

/** The times of some rounds or intervals, ms. */
export interface StationTimes {
  /** From the exchange's time of a tick to the stream: the newest tick of each envelope, a median for each interval. */
  readonly toStream: readonly Millis[]
  /** From the exchange's time of the youngest tick of a round to the start of the round. */
  readonly toRound: readonly Millis[]
  /** Rounds with posts, from their start to their end. */
  readonly round: readonly Millis[]
  /** The mean post of each of these rounds: from the function to the gateway, which has written it to the client's socket. */
  readonly post: readonly Millis[]
  /** Rounds, with posts or without. */
  readonly rounds: number
}

/** Reads the times from `from` on. @param folder with the logs of `npm start -- --data`. */
export async function readStationTimes(folder: string, from: EpochMillis): Promise<StationTimes> {
  const logs = await readdir(folder)
  const read = async (start: string): Promise<string> =>
    (
      await Promise.all(
        logs.filter(name => name.startsWith(start)).map(name => readFile(join(folder, name), 'utf8')),
      )
    ).join('\n')
  const toStream = metricsOf(await read('IngestService'))
    .filter(({ _aws }) => _aws.Timestamp >= from)
    .flatMap(({ LagP50 }) => LagP50 ?? [])
  return { toStream, ...roundTimes(await read('BroadcastFunction'), from) }
}

/**
 * Reads the log of broadcast: a report of each round, and about once a second the metrics of all rounds since the last ones, the
 * round that writes them included. A round without ticks has no lag, and a round without posts brings no tick to an app. If one of
 * them is among the rounds of a second, the lags or posts of this second have no round and are left out.
 */
export function roundTimes(log: string, from: EpochMillis): Omit<StationTimes, 'toStream'> {
  const toRound: Millis[] = []
  const round: Millis[] = []
  const post: Millis[] = []
  let rounds = 0
  let durations: Millis[] = []
  let latest: StationMetrics | undefined
  for (const line of log.split('\n')) {
    const duration = Number(/^REPORT .*Duration: ([\d.]+) ms/.exec(line)?.[1])
    if (Number.isNaN(duration)) {
      latest = metricsOf(line)[0] ?? latest
      continue
    }
    durations.push(duration)
    if (latest === undefined) continue
    if (latest._aws.Timestamp >= from) {
      rounds += durations.length
      const [lags, posts] = [valuesOf(latest.Lag), valuesOf(latest.PostLatency)]
      if (lags.length === durations.length)
        toRound.push(...lags.map((lag, index) => Math.max(0, lag - durations[index]!)))
      if (posts.length === durations.length) {
        round.push(...durations)
        post.push(...posts)
      }
    }
    durations = []
    latest = undefined
  }
  return { toRound, round, post, rounds }
}

/** Values of a metric: one, or those since the last write. */
type Values = Millis | readonly Millis[] | undefined

const valuesOf = (values: Values): readonly Millis[] => (values === undefined ? [] : [values].flat())

interface StationMetrics {
  readonly _aws: { readonly Timestamp: EpochMillis }
  readonly LagP50?: Millis
  readonly Lag?: Values
  readonly PostLatency?: Values
}

/** Returns the metrics of the lines in the embedded metric format. */
function metricsOf(log: string): StationMetrics[] {
  return log.split('\n').flatMap(line => {
    if (!line.startsWith('{') || !line.includes('"_aws"')) return []
    return [JSON.parse(line) as StationMetrics]
  })
}
