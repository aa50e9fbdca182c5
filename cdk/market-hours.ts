import { Duration } from 'aws-cdk-lib'
import type { Stream } from 'aws-cdk-lib/aws-kinesis'
import { Construct } from 'constructs'
import { wakeEveryFiveMinutes } from './every-five-minutes.ts'
import type { Ingest } from './ingest-service.ts'
import { type FunctionSetting, ItaFunction } from './ita-function.ts'
import { PLAN } from './sizing.ts'

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

    wakeEveryFiveMinutes(this, this.marketHours, 'Makes tasks and shards match the exchange calendar.')
  }
}
