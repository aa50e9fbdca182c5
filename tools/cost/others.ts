/**
 * The way from a round to the apps by other services. Ours is the three lines of API Gateway's WebSocket API, its
 * functions, and the table of connections; theirs replaces those. Ticks come in and are conflated all the same.
 */
import { type Bill, billOf, line, MESSAGE_BYTES, type PriceName } from './bill.ts'
import type { Month } from './month.ts'
import type { Traffic, Usage } from './traffic.ts'

/** What AppSync Events and IoT Core count as one, at most. */
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

/** What itastream pays for this part. */
export function ownRealtime({ connections }: Usage, traffic: Traffic, month: Month): Bill {
  const posts = traffic.posts * month.tradingHours * 3600
  return billOf([
    line('API Gateway', 'posts', posts * Math.ceil(traffic.bytesAPost / MESSAGE_BYTES), 'message'),
    line('API Gateway', 'connections', connections * month.tradingHours * 60, 'connectionMinute'),
  ])
}

/**
 * Both services in both ways: an issue is a channel, so that each update is published once and delivered to each app
 * that holds it; or an app is a channel, to which a round is published as a whole, and delivered once.
 */
export function othersRealtime({ connections }: Usage, traffic: Traffic, month: Month): Other[] {
  const seconds = month.tradingHours * 3600
  const posts = traffic.posts * seconds
  const metered = Math.ceil(traffic.bytesAPost / METERED_BYTES)
  const minutes = connections * month.tradingHours * 60
  return SERVICES.flatMap(({ name, message, minute }) => [
    {
      name: `${name}, a channel an issue`,
      bill: billOf([
        line(name, 'published', posts > 0 ? traffic.boards * seconds : 0, message),
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
