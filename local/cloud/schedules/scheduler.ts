/** Schedules of EventBridge Scheduler, run by the market clock. */
import * as v from 'valibot'
import type { CloudClock } from '../cloud-clock.ts'
import type { AsynchronousInvoker } from '../functions/asynchronous.ts'
import type { FunctionDirectory } from '../functions/directory.ts'
import type { FunctionTarget } from '../functions/function.ts'
import type { Roles } from '../iam/roles.ts'
import { pause } from '../pause.ts'
import { ignoredMembers, readProperties } from '../template/properties.ts'
import type { Resource } from '../template/stack.ts'
import { TemplateError } from '../template/template-error.ts'
import { type Fires, readExpression } from './schedule-expression.ts'

export interface ScheduleDefinition {
  readonly logicalId: string
  readonly fires: Fires
  readonly target: FunctionTarget
  /** JSON. */
  readonly input: string
}

const schema = v.object({
  ScheduleExpression: v.string(),
  ScheduleExpressionTimezone: v.optional(v.string(), 'UTC'),
  State: v.optional(v.picklist(['ENABLED', 'DISABLED']), 'ENABLED'),
  Target: v.looseObject({ Arn: v.string(), RoleArn: v.string(), Input: v.optional(v.string(), '{}') }),
})
/** Members of a schedule without effect here. */
const IGNORED = ['StartDate', 'EndDate']

const MINUTE_MICROSECONDS = 60_000_000

export interface ScheduleReading {
  /** `undefined` when the schedule is disabled. */
  readonly schedule: ScheduleDefinition | undefined
  /** Members without effect here, as `logicalId.member`. */
  readonly ignored: readonly string[]
}

/** @throws TemplateError when the expression or the target cannot be run here. */
export function readSchedule(
  resource: Resource,
  clock: CloudClock,
  functions: FunctionDirectory,
  roles: Roles,
): ScheduleReading {
  const { logicalId } = resource
  const { ScheduleExpression, ScheduleExpressionTimezone, State, Target } = readProperties(resource, schema)
  const ignored = ignoredMembers(resource, IGNORED)
  if (State === 'DISABLED') return { schedule: undefined, ignored: [...ignored, `${logicalId} (disabled)`] }

  const target = functions.expect(Target.Arn, `${logicalId}: Target`)
  const { arn } = target.definition
  if (!roles.role(Target.RoleArn, logicalId).permissions.allows('lambda:InvokeFunction', arn)) {
    throw new TemplateError(
      logicalId,
      `the role ${Target.RoleArn} does not allow lambda:InvokeFunction on ${arn}`,
    )
  }
  try {
    const start = Math.floor(clock.now() / MINUTE_MICROSECONDS)
    const fires = readExpression(ScheduleExpression, ScheduleExpressionTimezone, start)
    return { ignored, schedule: { logicalId, fires, target, input: Target.Input } }
  } catch (error) {
    throw new TemplateError(logicalId, error instanceof Error ? error.message : String(error))
  }
}

/** If the clock jumps ahead by more minutes than this, the skipped minutes fire nothing. */
const LONGEST_CATCH_UP_MINUTES = 60

/** Runs the schedules until they are closed. */
export function startSchedules(
  schedules: readonly ScheduleDefinition[],
  clock: CloudClock,
  asynchronous: AsynchronousInvoker,
  log: (text: string) => void,
): { close(): Promise<void> } {
  const closing = new AbortController()
  const fire = (minute: number): void => {
    for (const { logicalId, fires, target, input } of schedules) {
      if (!fires(minute)) continue
      try {
        asynchronous.send(target, input)
      } catch (error) {
        log(`${logicalId}: ${String(error)}`)
      }
    }
  }
  const run = async (): Promise<void> => {
    let next = Math.floor(clock.now() / MINUTE_MICROSECONDS) + 1
    while (!closing.signal.aborted) {
      await pause(clock.realMillisecondsUntil(next * MINUTE_MICROSECONDS), closing.signal)
      const now = Math.floor(clock.now() / MINUTE_MICROSECONDS)
      if (now - next > LONGEST_CATCH_UP_MINUTES) next = now
      for (; next <= now && !closing.signal.aborted; next++) fire(next)
    }
  }
  const running = run()
  return {
    async close() {
      closing.abort()
      await running
    },
  }
}
