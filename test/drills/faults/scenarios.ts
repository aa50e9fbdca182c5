/** All scenarios of the drill `faults`, in the order in which they run. */
import { consumerNew } from './consumer-new-scenario.ts'
import { gaijiInAName } from './gaiji-in-a-name-scenario.ts'
import { nextVersionFirst } from './next-version-first-scenario.ts'
import type { Scenario } from './scenario.ts'

export const SCENARIOS: readonly Scenario[] = [gaijiInAName, nextVersionFirst, consumerNew]
