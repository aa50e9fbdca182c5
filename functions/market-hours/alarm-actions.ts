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
      const started = new Set(to ? namesOf(others.filter(isOn)) : [])
      // Before the actions are on: if a later request fails, the next run finds actions that are off, and tries all again.
      await restart([...started])
      for (let from = 0; from < others.length; from += ALARMS_PER_REQUEST) {
        const names = { AlarmNames: namesOf(others.slice(from, from + ALARMS_PER_REQUEST)) }
        await client.send(to ? new EnableAlarmActionsCommand(names) : new DisableAlarmActionsCommand(names))
      }
      // CloudWatch may have evaluated an alarm between both requests.
      if (started.size > 0)
        await restart(namesOf((await find()).filter(isOn)).filter(name => started.has(name)))
    },
  }

  /**
   * Lets alarms start again. Actions happen only when an alarm changes its state (CloudWatch user guide, alarm actions), so an
   * alarm that started while its actions were off would never notify anybody. It returns to its state within seconds.
   */
  async function restart(names: readonly string[]): Promise<void> {
    const StateReason = 'Trading begins: the alarm notifies again if its cause is still there.'
    const state = { StateValue: 'INSUFFICIENT_DATA', StateReason } as const
    await Promise.all(names.map(AlarmName => client.send(new SetAlarmStateCommand({ AlarmName, ...state }))))
  }
}

function isOn({ StateValue }: MetricAlarm): boolean {
  return StateValue === 'ALARM'
}

function namesOf(alarms: readonly MetricAlarm[]): string[] {
  return alarms.map(({ AlarmName }) => AlarmName ?? '')
}
