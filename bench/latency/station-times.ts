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
  const toStream = metricsOf(await read('IngestService'), from).flatMap(({ LagP50 }) => LagP50 ?? [])
  return { toStream, ...roundTimes(await read('BroadcastFunction'), from) }
}

/** Reads the log of broadcast: the metrics of each invocation, and the report of its duration after them. */
export function roundTimes(log: string, from: EpochMillis): Omit<StationTimes, 'toStream'> {
  const toRound: Millis[] = []
  const round: Millis[] = []
  const post: Millis[] = []
  let rounds = 0
  let latest: StationMetrics | undefined
  for (const line of log.split('\n')) {
    const duration = Number(/^REPORT .*Duration: ([\d.]+) ms/.exec(line)?.[1])
    if (Number.isNaN(duration)) {
      latest = metricsOf(line, from)[0] ?? latest
      continue
    }
    if (latest !== undefined) rounds++
    // A round without ticks has no lag, and a round without posts brings no tick to an app.
    if (latest?.Lag !== undefined && latest.PostLatency !== undefined) {
      round.push(duration)
      post.push(latest.PostLatency)
      toRound.push(Math.max(0, latest.Lag - duration))
    }
    latest = undefined
  }
  return { toRound, round, post, rounds }
}

interface StationMetrics {
  readonly LagP50?: Millis
  readonly Lag?: Millis
  readonly PostLatency?: Millis
}

/** Returns the metrics of the lines in the embedded metric format from a time on. */
function metricsOf(log: string, from: EpochMillis): StationMetrics[] {
  return log.split('\n').flatMap(line => {
    if (!line.startsWith('{') || !line.includes('"_aws"')) return []
    const metrics = JSON.parse(line) as StationMetrics & {
      readonly _aws: { readonly Timestamp: EpochMillis }
    }
    return metrics._aws.Timestamp < from ? [] : [metrics]
  })
}
