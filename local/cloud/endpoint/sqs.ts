import { AwsError } from '../aws-error.ts'
import type { LocalQueue, MessageAttributes } from '../queues/queue.ts'
import type { JsonService } from './service.ts'

interface Input {
  readonly QueueUrl?: string
  readonly MessageBody?: string
  readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue?: string }>>
  readonly MaxNumberOfMessages?: number
  readonly VisibilityTimeout?: number
  readonly ReceiptHandle?: string
}

/** Messages of one response at most (SQS API reference, "ReceiveMessage"). */
const MOST = 10
/** Default time for which a received message is hidden, seconds (SQS API reference, "SetQueueAttributes"). */
const HIDE_SECONDS = 30

/** Makes the service of SQS: SendMessage, ReceiveMessage without waiting, DeleteMessage and GetQueueAttributes. */
export function sqsService(queues: readonly LocalQueue[]): JsonService {
  const find = (url: string | undefined): LocalQueue | undefined => queues.find(queue => queue.url === url)
  const queueOf = (input: Input): LocalQueue => {
    const queue = find(input.QueueUrl)
    if (queue !== undefined) return queue
    throw new AwsError(400, 'com.amazonaws.sqs#QueueDoesNotExist', 'The specified queue does not exist.')
  }
  const operations: Readonly<Record<string, (input: Input) => Promise<object>>> = {
    async SendMessage(input) {
      const { MessageBody = '', MessageAttributes: given = {} } = input
      const attributes = Object.entries(given).map(([name, value]) => [name, value.StringValue ?? ''])
      const { id, bodyMd5 } = queueOf(input).send(MessageBody, Object.fromEntries(attributes))
      return { MessageId: id, MD5OfMessageBody: bodyMd5 }
    },
    async ReceiveMessage(input) {
      const { MaxNumberOfMessages: most = 1, VisibilityTimeout = HIDE_SECONDS } = input
      if (most < 1 || most > MOST) {
        throw new AwsError(
          400,
          'com.amazonaws.sqs#InvalidParameterValue',
          `MaxNumberOfMessages: expected 1 to ${MOST}, got ${most}`,
        )
      }
      const messages = queueOf(input).receive(most, VisibilityTimeout)
      return {
        Messages: messages.map(({ id, receipt, body, bodyMd5, attributes, sentAt, receives }) => ({
          MessageId: id,
          ReceiptHandle: receipt,
          Body: body,
          MD5OfBody: bodyMd5,
          MessageAttributes: withType(attributes),
          Attributes: {
            SentTimestamp: String(Math.trunc(sentAt / 1000)),
            ApproximateReceiveCount: String(receives),
          },
        })),
      }
    },
    async DeleteMessage(input) {
      queueOf(input).delete(input.ReceiptHandle ?? '')
      return {}
    },
    async GetQueueAttributes(input) {
      const { arn, counts } = queueOf(input)
      return {
        Attributes: {
          QueueArn: arn,
          ApproximateNumberOfMessages: String(counts.visible),
          ApproximateNumberOfMessagesNotVisible: String(counts.hidden),
        },
      }
    },
  }
  return {
    target: 'AmazonSQS',
    operation(name) {
      const run = operations[name]
      return run && (input => run(input as Input))
    },
    needs: (operation, input) => [
      { action: `sqs:${operation}`, resource: find((input as Input).QueueUrl)?.arn ?? '*' },
    ],
  }
}

function withType(attributes: MessageAttributes): object {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  )
}
