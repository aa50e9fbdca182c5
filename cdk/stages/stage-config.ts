/** What may differ between two deployments: a stage has one value of this type. Each area of the stack declares its own part. */
import type { AlarmsConfig } from '../alarms/alarms-config.ts'
import type { DataConfig } from '../data/data-config.ts'
import type { LogConfig } from '../data/log-group.ts'
import type { EdgeConfig } from '../edge/edge-config.ts'
import type { NetworkConfig } from '../network/network-config.ts'
import type { ReleaseConfig } from '../release/release-config.ts'
import type { TasksALine } from '../sizing.ts'
import type { SignInConfig } from '../users/sign-in-config.ts'

export const STAGE_NAMES = ['dev', 'test', 'prod'] as const
/** `dev` is cheap, `test` is prod with little data, `prod` is for users. */
export type StageName = (typeof STAGE_NAMES)[number]

export interface StageConfig {
  readonly name: StageName
  /** Name of the stack. Two stages may be in one account. */
  readonly stackName: string
  /** Tags of every resource, in addition to `itastream:stage`. For cost allocation and owners. */
  readonly tags: Readonly<Record<string, string>>
  /** Tasks of each line in trading hours. */
  readonly tasksALine: TasksALine
  readonly network: NetworkConfig
  readonly logs: LogConfig
  readonly alarms: AlarmsConfig
  readonly data: DataConfig
  readonly release: ReleaseConfig
  readonly signIn: SignInConfig
  /** Absent: apps and readers reach the APIs directly, and the stack hosts no page. */
  readonly edge: EdgeConfig | undefined
  /** Rules of security that the stage breaks on purpose, each with the reason (cdk/acknowledge.ts). */
  readonly reasons: Readonly<Record<string, string>>
}
