/** Kinesis alone behind an HTTP endpoint, for programs and tests that need no template and no roles. */

import { machineClock } from './cloud-clock.ts'
import { kinesisService } from './endpoint/kinesis.ts'
import { listen } from './endpoint/listen.ts'
import { createEndpoint } from './endpoint/server.ts'
import { openKinesisStore } from './kinesis/kinesis-store.ts'

export interface KinesisEndpoint {
  readonly url: string
  close(): Promise<void>
}

/** Starts it on a free port of the loopback interface. Every caller may do everything, and no write limit holds. */
export async function startKinesisEndpoint(): Promise<KinesisEndpoint> {
  const store = openKinesisStore({ clock: machineClock, writeLimits: false })
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
    async close() {
      await listener.close()
      await store.close()
    },
  }
}
