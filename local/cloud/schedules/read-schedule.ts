/** Reads the schedules of the template. */
import type { CloudClock } from '../cloud-clock.ts'
import type { FunctionDirectory } from '../functions/directory.ts'
import type { Roles } from '../iam/roles.ts'
import type { LocalQueue } from '../queues/queue.ts'
import { ignoredMembers, readProperties } from '../template/properties.ts'
import type { Resource, Stack } from '../template/stack.ts'
import { TemplateError } from '../template/template-error.ts'
import { type LocalSchedule, openSchedule, scheduleSchema } from './schedule.ts'

/** Members of a schedule without effect here. */
const IGNORED = ['StartDate', 'EndDate']

export interface ScheduleSurroundings {
  readonly stack: Stack
  readonly clock: CloudClock
  readonly directory: FunctionDirectory
  readonly queues: readonly LocalQueue[]
  readonly roles: Roles
}

/** @throws TemplateError when the expression or the target cannot be run here, or the role lacks a right. */
export function readSchedule(
  resource: Resource,
  { stack, clock, directory, queues, roles }: ScheduleSurroundings,
): { schedule: LocalSchedule; ignored: string[] } {
  const { logicalId } = resource
  const settings = readProperties(resource, scheduleSchema)
  const { Target } = settings
  const { definition } = directory.expect(Target.Arn, `${logicalId}: Target`)
  const { permissions } = roles.role(Target.RoleArn, logicalId)
  const require = (action: string, arn: string): void => {
    if (permissions.allows(action, arn)) return
    throw new TemplateError(logicalId, `the role ${Target.RoleArn} does not allow ${action} on ${arn}`)
  }
  require('lambda:InvokeFunction', definition.arn)
  const deadLetters = Target.DeadLetterConfig.Arn
  if (deadLetters !== undefined) {
    if (queues.every(({ arn }) => arn !== deadLetters)) {
      throw new TemplateError(
        logicalId,
        `DeadLetterConfig: expected a queue of this stack, got ${deadLetters}`,
      )
    }
    require('sqs:SendMessage', deadLetters)
  }
  try {
    const names = { logicalId, name: stack.ref(logicalId), arn: stack.attribute(logicalId, 'Arn') }
    return { schedule: openSchedule(names, settings, clock), ignored: ignoredMembers(resource, IGNORED) }
  } catch (error) {
    throw new TemplateError(logicalId, error instanceof Error ? error.message : String(error))
  }
}
