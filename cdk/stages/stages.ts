/** The stage of a deployment: `npx cdk deploy -c stage=dev`. cdk.json has the default. */
import type { Node } from 'constructs'
import { DEV } from './dev.ts'
import { PROD } from './prod.ts'
import { STAGE_NAMES, type StageConfig, type StageName } from './stage-config.ts'
import { TEST } from './test.ts'

export const STAGES: Readonly<Record<StageName, StageConfig>> = { dev: DEV, test: TEST, prod: PROD }

/**
 * Returns the stage that the context of the app names. Without a name it is `prod`.
 * @throws RangeError if there is no stage of the name.
 */
export function readStage(node: Node): StageConfig {
  const value: unknown = node.tryGetContext('stage') ?? 'prod'
  const name = STAGE_NAMES.find(stage => stage === value)
  if (name !== undefined) return STAGES[name]
  throw new RangeError(`context stage: expected ${STAGE_NAMES.join(', ')}, got ${JSON.stringify(value)}`)
}
