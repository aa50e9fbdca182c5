import { Duration } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Stream } from 'aws-cdk-lib/aws-kinesis'
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import { type FunctionSetting, ItaFunction } from './function.ts'
import type { Ingest } from './ingest.ts'
import { PLAN } from './settings.ts'

/** On the five-minute marks, and so at every phase change of the exchange, which all stand on one. */
export const EVERY_FIVE_MINUTES = 'cron(0/5 * * * ? *)'

export interface ScheduleProps {
  readonly setting: FunctionSetting
  readonly ingest: Ingest
  readonly stream: Stream
}

/** market-hours, and what wakes it. */
export class Schedule extends Construct {
  readonly marketHours: ItaFunction

  constructor(scope: Construct, id: string, { setting, ingest, stream }: ScheduleProps) {
    super(scope, id)
    const { cluster, services } = ingest
    this.marketHours = new ItaFunction(this, 'MarketHours', {
      name: 'market-hours',
      ...setting,
      memory: 512,
      timeout: Duration.minutes(1),
      environment: {
        CLUSTER: cluster.clusterName,
        SERVICES: services.map(service => service.serviceName).join(','),
        STREAM_NAME: stream.streamName,
        PLAN: JSON.stringify(PLAN),
      },
    })
    this.marketHours.allow(
      ['ecs:DescribeServices', 'ecs:UpdateService'],
      services.map(service => service.serviceArn),
    )
    this.marketHours.allow(['kinesis:DescribeStreamSummary', 'kinesis:UpdateShardCount'], [stream.streamArn])

    const { functionArn } = this.marketHours.lambda
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com') })
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }))
    new CfnSchedule(this, 'EveryFiveMinutes', {
      description: 'Makes tasks and shards match the exchange calendar.',
      scheduleExpression: EVERY_FIVE_MINUTES,
      scheduleExpressionTimezone: 'Asia/Tokyo',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: functionArn,
        roleArn: role.roleArn,
        // The next mark does the same again: nothing is worth retrying past it.
        retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 240 },
      },
    })
  }
}
