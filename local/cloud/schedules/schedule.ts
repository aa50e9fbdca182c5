/** A schedule of EventBridge Scheduler: its settings, which the template and UpdateSchedule write in the same form. */
import * as v from 'valibot'
import type { CloudClock } from '../cloud-clock.ts'
import { numeric } from '../template/properties.ts'
import { type Fires, readExpression } from './schedule-expression.ts'

export interface LocalSchedule {
  readonly logicalId: string
  readonly name: string
  readonly arn: string
  /** Market time of the creation and of the last change, µs. */
  readonly createdAt: number
  readonly changedAt: number
  readonly settings: ScheduleSettings
  readonly fires: Fires
  /** Replaces all settings. @throws RangeError for an expression that EventBridge Scheduler would not take. */
  update(settings: ScheduleSettings): void
}

/** Retry policy by default (EventBridge Scheduler API reference, "RetryPolicy"). */
const RETRIES = 185
const AGE_SECONDS = 24 * 3600

const integer = (least: number, most: number) =>
  v.pipe(numeric, v.integer(), v.minValue(least), v.maxValue(most))

/** `AWS::Scheduler::Schedule` and the input of UpdateSchedule. */
export const scheduleSchema = v.object({
  ScheduleExpression: v.string(),
  ScheduleExpressionTimezone: v.optional(v.string(), 'UTC'),
  State: v.optional(v.picklist(['ENABLED', 'DISABLED']), 'ENABLED'),
  Description: v.optional(v.string()),
  FlexibleTimeWindow: v.optional(v.looseObject({}), { Mode: 'OFF' }),
  Target: v.object({
    Arn: v.string(),
    RoleArn: v.string(),
    Input: v.optional(v.string(), '{}'),
    RetryPolicy: v.optional(
      v.object({
        MaximumRetryAttempts: v.optional(integer(0, 185), RETRIES),
        MaximumEventAgeInSeconds: v.optional(integer(60, 86_400), AGE_SECONDS),
      }),
      {},
    ),
    DeadLetterConfig: v.optional(v.object({ Arn: v.optional(v.string()) }), {}),
  }),
})
export type ScheduleSettings = v.InferOutput<typeof scheduleSchema>

const MINUTE_MICROSECONDS = 60_000_000

/** @throws RangeError for an expression that EventBridge Scheduler would not take. */
export function openSchedule(
  names: Pick<LocalSchedule, 'logicalId' | 'name' | 'arn'>,
  initial: ScheduleSettings,
  clock: CloudClock,
): LocalSchedule {
  const read = ({ ScheduleExpression, ScheduleExpressionTimezone }: ScheduleSettings): Fires =>
    readExpression(
      ScheduleExpression,
      ScheduleExpressionTimezone,
      Math.floor(clock.now() / MINUTE_MICROSECONDS),
    )
  const createdAt = clock.now()
  let changedAt = createdAt
  let settings = initial
  let fires = read(initial)
  return {
    ...names,
    createdAt,
    get changedAt() {
      return changedAt
    },
    get settings() {
      return settings
    },
    get fires() {
      return fires
    },
    update(changed) {
      fires = read(changed)
      settings = changed
      changedAt = clock.now()
    },
  }
}
