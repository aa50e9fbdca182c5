/** A schedule that invokes a function every five minutes. */
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler'
import type { Construct } from 'constructs'
import type { ItaFunction } from './ita-function.ts'

/** Every phase of the exchange begins at a multiple of five minutes. */
const EVERY_FIVE_MINUTES = 'cron(0/5 * * * ? *)'

/** Adds a schedule and its role to `scope`. The schedule invokes `fn` with an empty event. */
export function wakeEveryFiveMinutes(scope: Construct, fn: ItaFunction, description: string): void {
  const { functionArn } = fn.live
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
      // The next invocation, five minutes later, does the same work.
      retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 240 },
    },
  })
}
