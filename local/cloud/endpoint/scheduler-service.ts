/** EventBridge Scheduler: GetSchedule and UpdateSchedule. */
import * as v from 'valibot'
import { AwsError } from '../aws-error.ts'
import type { Roles } from '../iam/roles.ts'
import { type LocalSchedule, scheduleSchema } from '../schedules/schedule.ts'
import { arn } from '../template/place.ts'
import { sendJson, signedServiceOf } from './request.ts'
import type { PathService } from './service.ts'

const PATH = /^\/schedules\/([^/]+)$/
/** The group of all schedules here. */
const GROUP = 'default'

export function schedulerService(
  schedules: readonly LocalSchedule[],
  roles: Pick<Roles, 'role'>,
): PathService {
  const find = (name: string, group: string): LocalSchedule => {
    const schedule = schedules.find(each => each.name === name)
    if (schedule !== undefined && group === GROUP) return schedule
    throw new AwsError(404, 'ResourceNotFoundException', `Schedule ${name} does not exist.`)
  }
  return async ({ method, path, query, headers }, readBody, demand, response) => {
    const match = signedServiceOf(headers) === 'scheduler' ? PATH.exec(path) : null
    if (match === null || (method !== 'GET' && method !== 'PUT')) return false
    const name = decodeURIComponent(match[1]!)
    const resource = arn('scheduler', `schedule/${GROUP}/${name}`)
    const send = (output: object): void => sendJson(response, 200, 'application/json', JSON.stringify(output))

    if (method === 'GET') {
      demand({ action: 'scheduler:GetSchedule', resource })
      send(describe(find(name, query.get('groupName') ?? GROUP)))
      return true
    }
    demand({ action: 'scheduler:UpdateSchedule', resource })
    const { GroupName = GROUP, ...input } = readInput(await readBody())
    const schedule = find(name, String(GroupName))
    const settings = v.safeParse(scheduleSchema, input)
    if (!settings.success) throw invalid(v.summarize(settings.issues))
    const { RoleArn } = settings.output.Target
    demand({ action: 'iam:PassRole', resource: RoleArn })
    try {
      roles.role(RoleArn, name)
      schedule.update(settings.output)
    } catch (error) {
      throw invalid(String(error))
    }
    send({ ScheduleArn: schedule.arn })
    return true
  }
}

function readInput(body: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>
  } catch (error) {
    throw invalid(String(error))
  }
}

function describe({ name, arn: Arn, settings, createdAt, changedAt }: LocalSchedule): object {
  return {
    ...settings,
    Arn,
    Name: name,
    GroupName: GROUP,
    CreationDate: createdAt / 1_000_000,
    LastModificationDate: changedAt / 1_000_000,
  }
}

function invalid(message: string): AwsError {
  return new AwsError(400, 'ValidationException', message)
}
