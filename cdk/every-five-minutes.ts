import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler'
import type { Construct } from 'constructs'
import type { ItaFunction } from './ita-function.ts'

/** On the five-minute marks, and so at every phase change of the exchange, which all stand on one. */
const EVERY_FIVE_MINUTES = 'cron(0/5 * * * ? *)'

/** Invokes `fn` with an empty event at every mark; the schedule and its role stand in `scope`. */
export function wakeEveryFiveMinutes(scope: Construct, fn: ItaFunction, description: string): void {
  const { functionArn } = fn.lambda
  const role = new Role(scope, 'Role', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com') })
  role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }))
  new CfnSchedule(scope, 'EveryFiveMinutes', {
    description,
    scheduleExpression: EVERY_FIVE_MINUTES,
    scheduleExpressionTimezone: 'Asia/Tokyo',
    flexibleTimeWindow: { mode: 'OFF' },
    target: {
      arn: functionArn,
      roleArn: role.roleArn,
      input: '{}',
      // The next mark does the same again: nothing is worth retrying past it.
      retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 240 },
    },
  })
}
