/** The stage of a deployment, by the context of the app: `npx cdk deploy -c stage=dev`. */
import type { Node } from 'constructs'
import { DEV } from './dev.ts'
import { PROD } from './prod.ts'
import { STAGE_NAMES, type StageConfig, type StageName } from './stage-config.ts'
import { TEST } from './test.ts'

export const STAGES: Readonly<Record<StageName, StageConfig>> = { dev: DEV, test: TEST, prod: PROD }

/** The value of the context `release`, for one deployment (release-config.ts). */
const PAST_ALARMS = 'at-once'

/**
 * Returns the stage that the context of the app names, with what it says of this deployment. Without a name it is `prod`.
 * @throws RangeError if there is no stage of the name, or another value of `release` than `at-once`.
 */
export function readStage(node: Node): StageConfig {
  const value: unknown = node.tryGetContext('stage') ?? 'prod'
  const name = STAGE_NAMES.find(stage => stage === value)
  if (name === undefined)
    throw new RangeError(`context stage: expected ${STAGE_NAMES.join(', ')}, got ${JSON.stringify(value)}`)
  const stage = STAGES[name]
  const release: unknown = node.tryGetContext('release')
  if (release === undefined) return stage
  if (release !== PAST_ALARMS)
    throw new RangeError(`context release: expected ${PAST_ALARMS}, got ${JSON.stringify(release)}`)
  return { ...stage, release: { ...stage.release, isPastAlarms: true } }
}
