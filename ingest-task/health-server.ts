/** Answers whether the task works, for the container's health check (health-check.ts). */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { momentToIso } from '../market/moment.ts'
import type { Millis } from '../market/units.ts'
import type { IngestStats } from './ingest.ts'

const HOST = '127.0.0.1'
/** Time between two looks at the publisher, milliseconds. */
const LOOK_INTERVAL = 1000
/**
 * The task is stuck if envelopes have waited for so long and none was published, milliseconds. A resharding or a
 * throttled stream takes far less.
 */
const STUCK_AFTER = 60_000

export interface Health {
  readonly port: number
  close(): void
}

/**
 * Answers every request on the loopback address: 200 while the task works, 503 when a new task should replace it. A line
 * that is down is no reason to replace the task: a new task would find the line down too.
 * @param port 0 takes a free port.
 */
export async function openHealth(port: number, stats: () => IngestStats): Promise<Health> {
  const standingTime = createStandstill()
  const look = (): number => standingTime(stats().publisher, performance.now())
  const timer = setInterval(look, LOOK_INTERVAL)
  const server = createServer((_, response) => {
    const { well, ...report } = healthOf(stats(), look())
    response.writeHead(well ? 200 : 503, { 'content-type': 'application/json' })
    response.end(`${JSON.stringify(report)}\n`)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      clearInterval(timer)
      server.close()
    },
  }
}

/**
 * Returns a function that takes the publisher's totals from time to time, and returns for how many milliseconds bytes
 * have waited without any envelope being published.
 */
export function createStandstill(): (
  publisher: { readonly envelopes: number; readonly waitingBytes: number },
  now: Millis,
) => number {
  let published = 0
  let movedAt: number | undefined
  return ({ envelopes, waitingBytes }, now) => {
    if (movedAt === undefined || waitingBytes === 0 || envelopes !== published) movedAt = now
    published = envelopes
    return now - movedAt
  }
}

/** Returns the answer to the health check. `standingFor`: milliseconds for which the publisher has stood still. */
export function healthOf({ line, publisher }: IngestStats, standingFor: Millis) {
  const well = standingFor <= STUCK_AFTER
  return {
    well,
    status: well ? 'ok' : 'stuck',
    line: line.state,
    since: momentToIso(line.since),
    silentMilliseconds: line.silentMilliseconds,
    waitingEnvelopes: publisher.waitingEnvelopes,
    waitingBytes: publisher.waitingBytes,
    standingMilliseconds: Math.round(standingFor),
  }
}
