/** The schedule of the canary: off while the exchange is closed and no task runs. */
import {
  GetScheduleCommand,
  type GetScheduleCommandOutput,
  type SchedulerClient,
  UpdateScheduleCommand,
  type UpdateScheduleCommandInput,
} from '@aws-sdk/client-scheduler'
import { change } from './aws-limit.ts'
import type { MarketResource } from './market-resource.ts'

/** @param Name of the schedule. @param name the name of the value. */
export function canarySchedule(client: SchedulerClient, Name: string, name: string): MarketResource {
  const find = (): Promise<GetScheduleCommandOutput> => client.send(new GetScheduleCommand({ Name }))
  return {
    kind: 'canary',
    name,
    async read() {
      return { value: (await find()).State === 'ENABLED' }
    },
    async apply(to) {
      const settings = settingsOf(await find(), Name)
      const State = to ? 'ENABLED' : 'DISABLED'
      await change(client.send(new UpdateScheduleCommand({ ...settings, State })))
    },
  }
}

/**
 * Returns all settings of a schedule: UpdateSchedule replaces the whole schedule, and resets what its input does not have
 * (EventBridge Scheduler API reference, UpdateSchedule).
 */
function settingsOf(
  { $metadata, Arn, CreationDate, LastModificationDate, ...settings }: GetScheduleCommandOutput,
  Name: string,
): UpdateScheduleCommandInput {
  const { ScheduleExpression, Target, FlexibleTimeWindow } = settings
  if (ScheduleExpression === undefined || Target === undefined || FlexibleTimeWindow === undefined)
    throw new Error(`schedule ${Name}: expected an expression, a target and a time window, got none`)
  return { ...settings, Name, ScheduleExpression, Target, FlexibleTimeWindow }
}
