/** The alarms of the template. An alarm has the state that was set last, by a request or by its evaluation. */
import * as v from 'valibot'
import { flag, readProperties } from '../template/properties.ts'
import type { Stack } from '../template/stack.ts'
import { type AlarmRule, readRule } from './alarm-rule.ts'

export interface LocalAlarm {
  readonly name: string
  readonly arn: string
  /** The members of the template with the same name and form in the answer of DescribeAlarms. */
  readonly properties: Readonly<Record<string, unknown>>
  /** Absent if the alarm is not evaluated here. */
  readonly rule: AlarmRule | undefined
  areActionsEnabled: boolean
  state: AlarmState
}

export interface AlarmState {
  readonly value: string
  readonly reason: string
}

/** The state of a new alarm, as CloudWatch describes it. */
const NEW: AlarmState = { value: 'INSUFFICIENT_DATA', reason: 'Unchecked: Initial alarm creation' }

const schema = v.object({ ActionsEnabled: v.optional(flag, true) })

/** Members that DescribeAlarms returns as the template has them. */
const DESCRIBED = [
  'AlarmDescription',
  'AlarmActions',
  'OKActions',
  'InsufficientDataActions',
  'MetricName',
  'Namespace',
  'Dimensions',
  'Metrics',
  'Statistic',
  'ExtendedStatistic',
  'Period',
  'EvaluationPeriods',
  'DatapointsToAlarm',
  'Threshold',
  'ComparisonOperator',
  'TreatMissingData',
]

/** Returns the alarms of the stack in the order of their names. */
export function readAlarms(stack: Stack): LocalAlarm[] {
  return stack
    .ofType('AWS::CloudWatch::Alarm')
    .map((resource): LocalAlarm => {
      const { logicalId, properties } = resource
      return {
        name: stack.ref(logicalId),
        arn: stack.attribute(logicalId, 'Arn'),
        properties: Object.fromEntries(
          DESCRIBED.filter(member => member in properties).map(member => [member, properties[member]]),
        ),
        rule: readRule(properties),
        areActionsEnabled: readProperties(resource, schema).ActionsEnabled,
        state: NEW,
      }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
