/** What a synthesis needs. */
import { type CloudProperty, inEachStage } from '../cloud-property.ts'
import type { StageSynthesis } from '../stage-synthesis.ts'

/** CPU time of a synthesis with all checks, s. A person and a pipeline wait for it before each deployment. */
const MOST_SECONDS = 15

/** Returns what a synthesis needs in excess. */
export function excessOf({ lookups, cpuSeconds }: Pick<StageSynthesis, 'lookups' | 'cpuSeconds'>): string[] {
  return [
    ...lookups.map(key => `a look-up in an account: ${key}`),
    ...(cpuSeconds < MOST_SECONDS ? [] : [`${cpuSeconds.toFixed(1)} s of CPU time`]),
  ]
}

export const SYNTHESIS: readonly CloudProperty[] = [
  inEachStage(
    'synthesis',
    `a synthesis with all checks needs no network, and less than ${MOST_SECONDS} s`,
    excessOf,
  ),
]
