/** All scenarios of the drill `faults`, in the order in which they run. */
import { consumerNew } from './consumer-new-scenario.ts'
import { gaijiInAName } from './gaiji-in-a-name-scenario.ts'
import { handshakeAtPhaseChange } from './handshake-scenario.ts'
import { nextVersionFirst } from './next-version-first-scenario.ts'
import type { Scenario } from './scenario.ts'
import { tableFaults } from './table-fault-scenario.ts'

export const SCENARIOS: readonly Scenario[] = [
  gaijiInAName,
  nextVersionFirst,
  consumerNew,
  ...tableFaults,
  handshakeAtPhaseChange,
]
