/** Lets `npm run ops` find a running local system. */
import { formatSegments } from '../market/clock.ts'
import { nowMillis } from '../market/units.ts'
import { announceSystem, type LocalSystem } from '../tools/ops/local-systems.ts'
import type { System } from './system.ts'

/** Writes the file of a system. @returns a function that removes it. */
export function announce(system: System): () => void {
  return announceSystem(describe(system))
}

function describe({ cloud, time }: System): LocalSystem {
  const { endpointUrl: endpoint, region, credentials, outputs } = cloud
  return {
    pid: process.pid,
    startedAt: nowMillis(),
    clock: formatSegments(time.segments),
    endpoint,
    region,
    credentials,
    outputs: { ...outputs },
  }
}
