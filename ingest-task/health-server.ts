/** Answers whether the task does its work, for the container's health check (health-check.ts). */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { momentToIso } from '../market/moment.ts'
import type { IngestStats } from './ingest.ts'

const HOST = '127.0.0.1'
/** How often it is looked whether anything is published, milliseconds. */
const LOOK_INTERVAL = 1000
/**
 * Something has waited for so long, and nothing was published: the task is stuck, milliseconds. Far above what a
 * resharding or a throttled stream takes.
 */
const STUCK_AFTER = 60_000

export interface Health {
  readonly port: number
  close(): void
}

/**
 * Answers every request on the loopback address: 200 while all is well, 503 when a new task should take over. A line
 * that is down is well enough, because a new task would find it down too.
 * @param port 0 takes a free one.
 */
export async function openHealth(port: number, stats: () => IngestStats): Promise<Health> {
  const standstill = createStandstill()
  const look = (): number => standstill(stats().publisher, performance.now())
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
 * Tells, at each look at the publisher, for how many milliseconds something has been waiting and nothing has been
 * published.
 */
export function createStandstill(): (
  publisher: { readonly envelopes: number; readonly waitingBytes: number },
  now: number,
) => number {
  let published = 0
  let movedAt: number | undefined
  return ({ envelopes, waitingBytes }, now) => {
    if (movedAt === undefined || waitingBytes === 0 || envelopes !== published) movedAt = now
    published = envelopes
    return now - movedAt
  }
}

/** What the check is told of a publisher that has stood still for so many milliseconds. */
export function healthOf({ line, publisher }: IngestStats, standingFor: number) {
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
