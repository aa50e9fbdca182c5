/**
 * The cost of other services for delivering updates to the apps. They would replace the WebSocket API and the table of
 * connections. Ingest and conflation would stay.
 */
import { type Bill, billOf, line, type PriceName } from './bill-lines.ts'
import type { Month } from './month.ts'
import { messagesOf } from './post-bytes.ts'
import type { Traffic, Usage } from './traffic.ts'

/** AppSync Events and IoT Core count a message for every started unit of this size. */
const METERED_BYTES = 5 * 1024

export interface Other {
  readonly name: string
  readonly bill: Bill
}

interface Service {
  readonly name: string
  readonly message: PriceName
  readonly minute: PriceName
}

const SERVICES: readonly Service[] = [
  { name: 'AppSync Events', message: 'operation', minute: 'syncMinute' },
  { name: 'IoT Core', message: 'iotMessage', minute: 'iotMinute' },
]

/** Returns what itastream pays for this part. */
export function ownRealtime({ connections }: Usage, traffic: Traffic, month: Month): Bill {
  const posts = traffic.posts * month.tradingHours * 3600
  return billOf([
    line('API Gateway', 'posts', posts * messagesOf(traffic.bytesAPost), 'message'),
    line('API Gateway', 'connections', connections * month.tradingHours * 60, 'connectionMinute'),
  ])
}

/**
 * Returns the bills of both services, each used in two ways. A channel an issue: each issue is published once a pace, and
 * delivered to each app that holds it. A channel an app: each post is published to its app, and delivered once.
 */
export function othersRealtime({ connections }: Usage, traffic: Traffic, month: Month): Other[] {
  const seconds = month.tradingHours * 3600
  const posts = traffic.posts * seconds
  const metered = Math.ceil(traffic.sentBytesAPost / METERED_BYTES)
  const minutes = connections * month.tradingHours * 60
  return SERVICES.flatMap(({ name, message, minute }) => [
    {
      name: `${name}, a channel an issue`,
      bill: billOf([
        line(name, 'published', posts > 0 ? traffic.changes * seconds : 0, message),
        line(name, 'delivered', posts * traffic.updates, message),
        line(name, 'connections', minutes, minute),
      ]),
    },
    {
      name: `${name}, a channel an app`,
      bill: billOf([
        line(name, 'published', posts * metered, message),
        line(name, 'delivered', posts * metered, message),
        line(name, 'connections', minutes, minute),
      ]),
    },
  ])
}
