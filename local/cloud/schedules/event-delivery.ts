/** Delivers the event of a schedule to its function, again after a failure, and at last to the dead-letter queue. */
import { AwsError } from '../aws-error.ts'
import { type CloudClock, waitUntil } from '../cloud-clock.ts'
import type { AsynchronousInvoker } from '../functions/asynchronous.ts'
import type { FunctionDirectory } from '../functions/directory.ts'
import type { Roles } from '../iam/roles.ts'
import type { LocalQueue } from '../queues/queue.ts'
import type { LocalSchedule, ScheduleSettings } from './schedule.ts'

export interface DeliveryPorts {
  readonly clock: CloudClock
  readonly directory: FunctionDirectory
  readonly queues: readonly LocalQueue[]
  readonly roles: Pick<Roles, 'role'>
  readonly asynchronous: AsynchronousInvoker
  /** Ends all deliveries. */
  readonly signal: AbortSignal
  readonly log: (text: string) => void
}

/** First and longest wait before another attempt, market time. EventBridge Scheduler does not document its own. */
const RETRY_SECONDS = { first: 1, longest: 60 }

/**
 * Resolves when Lambda has accepted the event, or when it is given up. Lambda runs it later: EventBridge Scheduler does not
 * know whether the function succeeds (Lambda developer guide, "Invoking a function asynchronously").
 * @param scheduledAt market time for which the schedule has fired, µs.
 */
export async function deliverEvent(
  { logicalId, arn, settings }: LocalSchedule,
  scheduledAt: number,
  ports: DeliveryPorts,
): Promise<void> {
  const { clock, queues, signal, log } = ports
  const { Target } = settings
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = Target.RetryPolicy
  const end = scheduledAt + MaximumEventAgeInSeconds * 1_000_000
  let wait = RETRY_SECONDS.first
  for (let retries = 0; ; retries++) {
    const failure = attempt(Target, ports)
    if (failure === undefined || signal.aborted) return
    const isTooOld = clock.now() + wait * 1_000_000 >= end
    if (retries >= MaximumRetryAttempts || isTooOld) {
      log(`${logicalId}: an event is given up after ${retries + 1} attempts: ${failure.message}`)
      const queue = queues.find(each => each.arn === Target.DeadLetterConfig.Arn)
      queue?.send(Target.Input, {
        ERROR_CODE: failure.type,
        ERROR_MESSAGE: failure.message,
        EXHAUSTED_RETRY_CONDITION:
          retries >= MaximumRetryAttempts ? 'MaximumRetryAttempts' : 'MaximumEventAgeInSeconds',
        RETRY_ATTEMPTS: String(retries),
        SCHEDULED_TIME: new Date(scheduledAt / 1000).toISOString(),
        SCHEDULE_ARN: arn,
        TARGET_ARN: Target.Arn,
      })
      return
    }
    await waitUntil(clock, clock.now() + wait * 1_000_000, signal)
    wait = Math.min(2 * wait, RETRY_SECONDS.longest)
  }
}

/** Hands the event to Lambda. Returns the error if Lambda does not accept it. */
function attempt(
  { Arn, RoleArn, Input }: ScheduleSettings['Target'],
  { directory, roles, asynchronous }: Pick<DeliveryPorts, 'directory' | 'roles' | 'asynchronous'>,
): AwsError | undefined {
  const target = directory.find(Arn)
  if (target === undefined)
    return new AwsError(404, 'ResourceNotFoundException', `Function not found: ${Arn}`)
  const { arn } = target.definition
  if (!roles.role(RoleArn, Arn).permissions.allows('lambda:InvokeFunction', arn)) {
    return new AwsError(
      403,
      'AccessDeniedException',
      `${RoleArn} is not authorized to perform: lambda:InvokeFunction on resource: ${arn}`,
    )
  }
  try {
    asynchronous.send(target, Input)
    return undefined
  } catch (error) {
    if (error instanceof AwsError) return error
    throw error
  }
}
