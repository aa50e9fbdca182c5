/** Standard queues of SQS in memory: for events that could not be delivered, and for those who look at them. */
import { createHash, randomUUID } from 'node:crypto'
import type { CloudClock } from '../cloud-clock.ts'
import type { Stack } from '../template/stack.ts'

/** Text attributes of a message by name. */
export type MessageAttributes = Readonly<Record<string, string>>

export interface ReceivedMessage {
  readonly id: string
  readonly receipt: string
  readonly body: string
  readonly bodyMd5: string
  readonly attributes: MessageAttributes
  /** Market time at which the message was sent, µs. */
  readonly sentAt: number
  /** How often the message was received, this time included. */
  readonly receives: number
}

export interface LocalQueue {
  readonly name: string
  readonly arn: string
  readonly url: string
  /** Messages that can be received, and messages that were received and are hidden. */
  readonly counts: { readonly visible: number; readonly hidden: number }
  send(body: string, attributes?: MessageAttributes): Pick<ReceivedMessage, 'id' | 'bodyMd5'>
  /** Returns the oldest messages and hides them for so many market seconds. */
  receive(most: number, hideSeconds: number): ReceivedMessage[]
  /** Deletes a message by the receipt of its last receive. */
  delete(receipt: string): void
}

/** Messages of a queue at most, so that memory stays bounded. The oldest are dropped first. SQS keeps any number. */
const MESSAGES = 1_000

interface Message extends Omit<ReceivedMessage, 'receipt' | 'receives'> {
  receipt: string
  receives: number
  /** Market time (µs) until which the message is hidden. */
  hiddenUntil: number
}

/** Returns the queues of the stack. @param log receives a line when a message is dropped. */
export function openQueues(stack: Stack, clock: CloudClock, log: (text: string) => void): LocalQueue[] {
  return stack.ofType('AWS::SQS::Queue').map(({ logicalId }) => {
    const attribute = (name: string): string => stack.attribute(logicalId, name)
    const names = { name: attribute('QueueName'), arn: attribute('Arn'), url: stack.ref(logicalId) }
    return openQueue(names, clock, () =>
      log(`${logicalId}: a message is dropped, because ${MESSAGES} wait already`),
    )
  })
}

function openQueue(
  names: Pick<LocalQueue, 'name' | 'arn' | 'url'>,
  clock: CloudClock,
  onDropped: () => void,
): LocalQueue {
  let messages: Message[] = []
  const isVisible = ({ hiddenUntil }: Message): boolean => hiddenUntil <= clock.now()
  return {
    ...names,
    get counts() {
      const visible = messages.filter(isVisible).length
      return { visible, hidden: messages.length - visible }
    },
    send(body, attributes = {}) {
      const id = randomUUID()
      const bodyMd5 = createHash('md5').update(body).digest('hex')
      const sentAt = clock.now()
      messages.push({ id, body, bodyMd5, attributes, sentAt, receipt: '', receives: 0, hiddenUntil: 0 })
      if (messages.length > MESSAGES) {
        messages.shift()
        onDropped()
      }
      return { id, bodyMd5 }
    },
    receive(most, hideSeconds) {
      const received = messages.filter(isVisible).slice(0, most)
      for (const message of received) {
        message.receipt = randomUUID()
        message.receives++
        message.hiddenUntil = clock.now() + hideSeconds * 1_000_000
      }
      return received.map(message => ({ ...message }))
    },
    delete(receipt) {
      messages = messages.filter(message => message.receipt !== receipt)
    },
  }
}
