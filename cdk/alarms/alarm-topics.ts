/** The topics that alarms publish to: one a severity. */
import { ArnFormat, Aws, Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Key } from 'aws-cdk-lib/aws-kms'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import type { Keys } from '../data/keys.ts'
import { SEVERITIES, type Severity } from './alarms-config.ts'

const IDS = { page: 'Page', notice: 'Notice' } as const satisfies Record<Severity, string>

export class AlarmTopics extends Construct {
  readonly topics: Readonly<Record<Severity, Topic>>

  constructor(scope: Construct, id: string, { events }: Keys) {
    super(scope, id)
    const topics = SEVERITIES.map(severity => [severity, this.#add(severity, events)])
    this.topics = Object.fromEntries(topics) as Record<Severity, Topic>
  }

  /**
   * A policy of a topic replaces the default policy, by which CloudWatch may publish. So the statement for CloudWatch is here
   * (AWS re:Post, "Why didn't I receive an Amazon SNS notification for my CloudWatch alarm trigger?").
   */
  #add(severity: Severity, masterKey: Key | undefined): Topic {
    const displayName = `itastream ${severity}`
    const topic = new Topic(this, IDS[severity], {
      displayName,
      enforceSSL: true,
      ...(masterKey === undefined ? {} : { masterKey }),
    })
    const alarms = { service: 'cloudwatch', resource: 'alarm', resourceName: '*' }
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: {
            'aws:SourceArn': Stack.of(this).formatArn({
              ...alarms,
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            }),
          },
        },
      }),
    )
    return topic
  }
}
