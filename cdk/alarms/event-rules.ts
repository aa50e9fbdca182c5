/** The rules of EventBridge that notify of backups and keys. docs/operations.md says what to do about each of them. */
import { Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Topic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import type { Backups } from '../data/backups.ts'
import type { Keys } from '../data/keys.ts'
import type { AlarmTopics } from './alarm-topics.ts'
import type { AlarmsConfig } from './alarms-config.ts'
import { backupWatches, keyWatches, messageOf } from './event-watches.ts'

export interface EventRulesProps {
  readonly config: AlarmsConfig
  readonly topics: AlarmTopics['topics']
  readonly keys: Keys
  /** Absent in a stage without backups. */
  readonly backups: Backups | undefined
}

/** A rule for each event that somebody must know of, with the topic of its severity as its target. */
export class EventRules extends Construct {
  constructor(scope: Construct, id: string, { config, topics, keys, backups }: EventRulesProps) {
    super(scope, id)
    const { data, events } = keys
    const watches = {
      ...(backups === undefined ? {} : backupWatches(backups.vault)),
      ...(data === undefined || events === undefined ? {} : keyWatches([data, events])),
    }
    const used = new Set<Topic>()
    for (const [name, watch] of Object.entries(watches)) {
      const { severity, pattern, description, runbook } = watch
      if (!config.severities.includes(severity)) continue
      const message = RuleTargetInput.fromText(messageOf(name, watch))
      new Rule(this, name, {
        description: `${description} Runbook: docs/operations.md#${runbook}`,
        eventPattern: pattern,
        // The target of aws-cdk-lib would also let EventBridge use the key, without a condition.
        targets: [{ bind: () => ({ arn: topics[severity].topicArn, input: message }) }],
      })
      used.add(topics[severity])
    }
    for (const topic of used) this.#letPublish(topic)
  }

  /**
   * The statement has no condition: EventBridge does not support conditions in policies of topics, and would deliver nothing
   * (EventBridge user guide, troubleshooting, "My rule ran but I don't see any messages published into my Amazon SNS topic"). So a
   * rule of another account that knows the ARN can publish too: a message alone is no proof.
   */
  #letPublish(topic: Topic): void {
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'RulesOfEvents',
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
      }),
    )
  }
}
