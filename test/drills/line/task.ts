/** An ingest task that can be killed: from then on nothing that it sends arrives. */
import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { Ingest, type IngestStats } from '../../../ingest-task/ingest.ts'
import type { Timing } from '../../../ingest-task/line/connection.ts'
import { lineOpener } from '../../../ingest-task/line/line-opener.ts'
import { readPublished } from '../../../ingest-task/publish/recover.ts'
import type { Clock } from '../../../market/clock.ts'
import { kinesisClient, STREAM, type Stream } from '../../ingest-task/ingest-stream.ts'
import { HOST, LANES, PASSWORD, USER } from '../../ingest-task/line-and-stream.ts'

/** Short times in the order of the real ones. The feed server's heartbeat comes every second. */
const TIMING: Timing = {
  heartbeat: 50,
  receiveTimeout: 1500,
  fillTimeout: 20,
  answerTimeout: 2000,
  backoffCap: 100,
}

export interface TaskOptions {
  readonly stream: Stream
  readonly clock: Clock
  readonly line: number
  readonly ports: readonly [number, number]
  /** Whether to resume after a previous task. */
  readonly recovers: boolean
}

export interface Task {
  stats(): IngestStats
  /** Warnings, oldest first. */
  readonly warnings: readonly string[]
  close(): Promise<void>
  kill(): void
}

export async function startTask({ stream, clock, line, ports, recovers }: TaskOptions): Promise<Task> {
  const warnings: string[] = []
  const { client, sever } = severableClient(stream.endpoint)
  const [portA, portB] = ports
  const address = (port: number) => ({ host: HOST, port })
  const config = {
    line,
    addresses: [address(portA), address(portB)],
    user: USER,
    password: PASSWORD,
    streamName: STREAM,
    lanes: LANES,
    controlTable: 'control',
    clock,
    healthFile: '/dev/null',
  } as const
  const warn = (reason: string): void => void warnings.push(reason)
  const published = recovers
    ? await readPublished({ client, streamName: STREAM, line, lanes: LANES, warn })
    : undefined
  const ingest = new Ingest({
    config,
    client,
    openLine: lineOpener(config, TIMING),
    log: { info() {}, warn: (message, details) => warn(`${message} ${JSON.stringify(details)}`) },
    published,
    delivered() {},
  })
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => {
    closed ??= ingest.close().finally(() => client.destroy())
    return closed
  }
  return {
    stats: () => ingest.stats,
    warnings,
    close,
    kill() {
      sever()
      // Nothing reaches the task any more; closing it ends its timers.
      void close()
    },
  }
}

/** Returns a client that can be severed: from then on every request seems to succeed, and none is sent. */
function severableClient(endpoint: string): { client: KinesisClient; sever(): void } {
  const client: KinesisClient = kinesisClient(endpoint)
  let severed = false
  client.middlewareStack.add(
    next => async args => {
      if (!severed) return next(args)
      const { Records = [] } = args.input as { Records?: readonly unknown[] }
      const output = { $metadata: {}, Records: Records.map(() => ({ SequenceNumber: '0', ShardId: '' })) }
      return { output, response: {} } as never
    },
    { step: 'initialize', name: 'sever' },
  )
  return {
    client,
    sever() {
      severed = true
    },
  }
}
