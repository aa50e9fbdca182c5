/** market-hours, which sets tasks and shards by the exchange calendar, and the schedule that invokes it. */
import { Duration } from 'aws-cdk-lib'
import type { Stream } from 'aws-cdk-lib/aws-kinesis'
import { Construct } from 'constructs'
import { wakeEveryFiveMinutes } from './every-five-minutes.ts'
import type { IngestServices } from './ingest-service.ts'
import { type FunctionSetting, ItaFunction } from './ita-function.ts'
import { PLAN } from './sizing.ts'

export interface MarketHoursProps {
  readonly setting: FunctionSetting
  readonly ingest: IngestServices
  readonly stream: Stream
}

/** The function market-hours and its schedule. */
export class MarketHours extends Construct {
  readonly marketHours: ItaFunction

  constructor(scope: Construct, id: string, { setting, ingest, stream }: MarketHoursProps) {
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

    wakeEveryFiveMinutes(this, this.marketHours, 'Sets tasks and shards to the plan of the current phase.')
  }
}
