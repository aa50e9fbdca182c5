/** The queue of events that were lost: a scheduled run that Lambda did not accept, or that failed again and again. */
import { Duration } from 'aws-cdk-lib'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { acknowledge } from '../acknowledge.ts'

/** The longest that SQS keeps a message: time to find out why the event was lost. */
const RETENTION = Duration.days(14)

/** Nothing reads the queue but a person. The next run of a schedule does the same work, so no event has to be sent again. */
export class LostEvents extends Construct {
  readonly queue: Queue

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: RETENTION,
    })
    acknowledge(this.queue, { SQS3: 'It is a queue of lost events itself.' })
  }
}
