/** The actions of the alarms of trading: off outside trading hours, when lines end and start as planned. */
import {
  type CloudWatchClient,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  type MetricAlarm,
  paginateDescribeAlarms,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch'
import type { MarketResource, Value } from './market-resource.ts'

/** Alarms in one request (CloudWatch API reference, EnableAlarmActions). */
const ALARMS_PER_REQUEST = 100

/** @param prefix the names of the alarms begin with it. @param name the name of the value. */
export function alarmActions(client: CloudWatchClient, prefix: string, name: string): MarketResource {
  const find = async (): Promise<MetricAlarm[]> => {
    const alarms: MetricAlarm[] = []
    for await (const page of paginateDescribeAlarms({ client }, { AlarmNamePrefix: prefix }))
      alarms.push(...(page.MetricAlarms ?? []))
    if (alarms.length === 0)
      throw new Error(`expected alarms with names that begin with ${prefix}, found none`)
    return alarms
  }
  return {
    kind: 'alarms',
    name,
    async read() {
      const enabled = (await find()).map(alarm => alarm.ActionsEnabled === true)
      const value: Value = enabled.every(Boolean) ? true : enabled.some(Boolean) ? 'some' : false
      return { value }
    },
    async apply(to) {
      const others = (await find()).filter(alarm => alarm.ActionsEnabled !== to)
      for (let from = 0; from < others.length; from += ALARMS_PER_REQUEST) {
        const AlarmNames = others.slice(from, from + ALARMS_PER_REQUEST).map(alarm => alarm.AlarmName ?? '')
        const names = { AlarmNames }
        await client.send(to ? new EnableAlarmActionsCommand(names) : new DisableAlarmActionsCommand(names))
      }
      if (to)
        await Promise.all(others.filter(alarm => alarm.StateValue === 'ALARM').map(alarm => again(alarm)))
    },
  }

  /**
   * Lets an alarm start again. Actions happen only when an alarm changes its state (CloudWatch user guide, alarm actions), so an
   * alarm that started while its actions were off would never notify anybody. It returns to its state within seconds.
   */
  async function again({ AlarmName }: MetricAlarm): Promise<void> {
    await client.send(
      new SetAlarmStateCommand({
        AlarmName,
        StateValue: 'INSUFFICIENT_DATA',
        StateReason: 'Trading begins: the alarm notifies again if its cause is still there.',
      }),
    )
  }
}
