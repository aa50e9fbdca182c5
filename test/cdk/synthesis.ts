/** Synthesizes the stack for tests. */
import type { StageName } from '../../cdk/stages/stage-config.ts'
import { type StageSynthesis, synthesizeStage } from '../../tools/check-cloud/stage-synthesis.ts'

export type { Resource } from '../../tools/check-cloud/stage-synthesis.ts'

/** Returns the stack of a stage, synthesized once in a process. */
export function synthesize(stage: StageName = 'prod'): StageSynthesis {
  return synthesizeStage(stage)
}
