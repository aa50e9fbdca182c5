/** The queue of events that were lost: a scheduled run that Lambda did not accept, or that failed again and again. */
import { Duration } from 'aws-cdk-lib'
import type { IRole } from 'aws-cdk-lib/aws-iam'
import type { IDestination } from 'aws-cdk-lib/aws-lambda'
import { type CfnQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { acknowledge } from '../acknowledge.ts'
import type { ItaFunction } from '../ita-function.ts'
import type { Keys } from './keys.ts'

/** The longest that SQS keeps a message: time to find out why the event was lost. */
const RETENTION = Duration.days(14)
/** The longest that SQS uses a data key, s: an hour here instead of five minutes. Each data key is a request to KMS. */
const DATA_KEY_SECONDS = 3_600

/** Nothing reads the queue but a person. The next run of a schedule does the same work, so no event has to be sent again. */
export class LostEvents extends Construct {
  readonly queue: Queue

  readonly #keys: Keys

  constructor(scope: Construct, id: string, { keys }: { readonly keys: Keys }) {
    super(scope, id)
    this.#keys = keys
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: RETENTION,
    })
    acknowledge(this.queue, { SQS3: 'It is a queue of lost events itself.' })
    // Not the property `encryptionMasterKey`: with it CDK allows senders more than they need.
    if (keys.events !== undefined) {
      const cfnQueue = this.queue.node.defaultChild as CfnQueue
      cfnQueue.sqsManagedSseEnabled = undefined
      cfnQueue.kmsMasterKeyId = keys.events.keyArn
      cfnQueue.kmsDataKeyReusePeriodSeconds = DATA_KEY_SECONDS
    }
  }

  /**
   * Returns the destination for events that `fn` could not process, and allows `fn` the one action that Lambda requires (Lambda developer
   * guide, "Capturing records of Lambda asynchronous invocations"). SqsDestination of CDK allows to read the queue's attributes too.
   */
  destinationOf(fn: ItaFunction): IDestination {
    fn.allow(['sqs:SendMessage'], [this.queue.queueArn])
    this.allowKey(fn.lambda.role!)
    return { bind: () => ({ destination: this.queue.queueArn }) }
  }

  /** Allows a role that may send to the queue to use the queue's key. */
  allowKey(role: IRole): void {
    this.#keys.allowSending(role)
  }
}
