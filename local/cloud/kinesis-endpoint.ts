/** Kinesis alone behind an HTTP endpoint, for programs and tests that need no template and no roles. */

import { type CloudClock, machineClock } from './cloud-clock.ts'
import { kinesisService } from './endpoint/kinesis.ts'
import { listen } from './endpoint/listen.ts'
import { createEndpoint } from './endpoint/server.ts'
import { type FilledRecord, fillStream } from './kinesis/data-stream.ts'
import { openKinesisStore } from './kinesis/kinesis-store.ts'

export interface KinesisEndpoint {
  readonly url: string
  /** Fills the first shard of a new stream with records that arrived before now. No write limit holds for them. */
  fill(streamName: string, records: readonly FilledRecord[]): void
  close(): Promise<void>
}

export interface KinesisEndpointOptions {
  /** Whether the write and read limits of a shard hold. */
  readonly shardLimits: boolean
  /** The limits count by this clock. */
  readonly clock?: CloudClock
}

/** Starts it on a free port of the loopback interface. Every caller may do everything. */
export async function startKinesisEndpoint({
  shardLimits,
  clock = machineClock,
}: KinesisEndpointOptions): Promise<KinesisEndpoint> {
  const store = openKinesisStore({ clock, shardLimits })
  const listener = await listen(0)
  const everybody = { arn: '*', key: { id: '', secret: '' }, permissions: { allows: () => true } }
  listener.serve(
    createEndpoint({
      roles: { byKey: () => everybody },
      services: [kinesisService(store)],
      paths: [],
      onRefused() {},
    }),
  )
  return {
    url: `http://127.0.0.1:${listener.port}`,
    fill: (streamName, records) => fillStream(store.stream(streamName), records),
    async close() {
      await listener.close()
      await store.close()
    },
  }
}
