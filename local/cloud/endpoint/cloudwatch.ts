import { STATES } from '../alarms/alarm-rule.ts'
import type { LocalAlarm } from '../alarms/alarms.ts'
import { AwsError } from '../aws-error.ts'
import { arn } from '../template/place.ts'
import type { JsonService } from './service.ts'

interface Input {
  readonly AlarmNames?: readonly string[]
  readonly AlarmNamePrefix?: string
  readonly AlarmTypes?: readonly string[]
  readonly MaxRecords?: number
  readonly NextToken?: string
}

interface StateInput {
  readonly AlarmName: string
  readonly StateValue: string
  readonly StateReason: string
}

/** Names in a request, and alarms of a page at most (CloudWatch API reference, "DescribeAlarms"). */
const MOST = 100
/** Alarms of a page by default. */
const PAGE = 50
/** Members of DescribeAlarms that are not supported here. */
const UNSERVED = ['ActionPrefix', 'StateValue', 'ChildrenOfAlarmName', 'ParentsOfAlarmName']

/** Makes the service of CloudWatch alarms: EnableAlarmActions, DisableAlarmActions, SetAlarmState and DescribeAlarms. */
export function cloudWatchService(alarms: readonly LocalAlarm[]): JsonService {
  /** Alarms that do not exist are left out, as CloudWatch does. */
  const setActions = (enabled: boolean) => async (input: object) => {
    const names = namesOf(input)
    for (const alarm of alarms) if (names.includes(alarm.name)) alarm.areActionsEnabled = enabled
    return {}
  }
  const operations: Readonly<Record<string, (input: object) => Promise<object>>> = {
    EnableAlarmActions: setActions(true),
    DisableAlarmActions: setActions(false),
    async SetAlarmState(input) {
      const { AlarmName, StateValue, StateReason } = input as StateInput
      const alarm = alarms.find(({ name }) => name === AlarmName)
      if (alarm === undefined) throw new AwsError(404, 'ResourceNotFound', `Unknown alarm: ${AlarmName}`)
      if (!STATES.some(state => state === StateValue)) {
        throw invalid(`StateValue: expected one of ${STATES.join(', ')}, got ${StateValue}`)
      }
      alarm.state = { value: StateValue, reason: StateReason }
      return {}
    },
    async DescribeAlarms(input) {
      const { AlarmNames, AlarmNamePrefix, AlarmTypes, MaxRecords = PAGE, NextToken = '' } = input as Input
      const unserved = UNSERVED.find(name => name in input)
      if (unserved !== undefined) throw invalid(`the local CloudWatch does not support ${unserved}`)
      if (AlarmNames !== undefined && AlarmNamePrefix !== undefined) {
        throw invalid('expected either AlarmNames or AlarmNamePrefix')
      }
      if (!(MaxRecords >= 1 && MaxRecords <= MOST)) {
        throw invalid(`MaxRecords: expected 1 to ${MOST}, got ${MaxRecords}`)
      }
      const names = AlarmNames && namesOf(input)
      const found = alarms.filter(
        ({ name }) =>
          (names?.includes(name) ?? true) &&
          name.startsWith(AlarmNamePrefix ?? '') &&
          (AlarmTypes?.includes('MetricAlarm') ?? true) &&
          name > NextToken,
      )
      const page = found.slice(0, MaxRecords)
      return {
        MetricAlarms: page.map(describe),
        CompositeAlarms: [],
        NextToken: found.length > page.length ? page.at(-1)!.name : undefined,
      }
    },
  }
  return {
    target: 'GraniteServiceVersion20100801',
    operation: name => operations[name],
    needs(operation, input) {
      const { AlarmName = '*', AlarmNames = [AlarmName] } = input as Input & Partial<StateInput>
      return AlarmNames.map(name => ({
        action: `cloudwatch:${operation}`,
        resource: arn('cloudwatch', `alarm:${name}`),
      }))
    },
  }
}

/** @throws AwsError for no names or too many. */
function namesOf(input: object): readonly string[] {
  const { AlarmNames = [] } = input as Input
  if (AlarmNames.length >= 1 && AlarmNames.length <= MOST) return AlarmNames
  throw invalid(`AlarmNames: expected 1 to ${MOST} names, got ${AlarmNames.length}`)
}

function describe({ name, arn: AlarmArn, properties, areActionsEnabled, state }: LocalAlarm): object {
  return {
    ...properties,
    AlarmName: name,
    AlarmArn,
    ActionsEnabled: areActionsEnabled,
    StateValue: state.value,
    StateReason: state.reason,
  }
}

function invalid(message: string): AwsError {
  return new AwsError(400, 'ValidationException', message)
}
