/** The apps of the fan-out benchmark: connections in the connections table, each with its issues. */
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb'
import { below, createRandom } from '../../local/exchange/random.ts'
import type { Encoding } from '../../market/protocol.ts'
import { asEpochMillis, asEpochSeconds, type Millis } from '../../market/units.ts'
import type { View } from '../../market/view.ts'
import {
  type ConnectionItem,
  type ConnectionsTable,
  roomOf,
} from '../../tables/connections/connections-table.ts'

/** Items of one BatchWriteItem (DynamoDB). */
const ITEMS_AT_ONCE = 25
const SEED = 1

export interface App {
  readonly connection: string
  readonly room: string
  readonly issues: readonly string[]
  readonly view: View
  readonly pace: Millis
  readonly encoding: Encoding
}

export interface Crowd {
  readonly count: number
  /** Issues of each app, drawn from {@link from}. */
  readonly issues: number
  /** The issues that apps hold. */
  readonly from: readonly string[]
  readonly view: View
  readonly pace: Millis
  readonly rooms: number
  readonly encoding: Encoding
}

/** Returns apps with ids of the form of API Gateway's ids. Each holds random issues of the crowd. */
export function createApps({ count, issues, from, view, pace, rooms, encoding }: Crowd): App[] {
  const random = createRandom(SEED)
  return Array.from({ length: count }, () => {
    const id = Buffer.from(Array.from({ length: 11 }, () => below(random, 256))).toString('base64')
    const held = new Set<string>()
    while (held.size < issues) held.add(from[below(random, from.length)]!)
    return { connection: id, room: roomOf(id, rooms), issues: [...held], view, pace, encoding }
  })
}

/** Stores the apps as connections that changed at the present time. */
export async function storeApps({ client, table }: ConnectionsTable, apps: readonly App[]): Promise<void> {
  for (let start = 0; start < apps.length; start += ITEMS_AT_ONCE) {
    const requests = apps.slice(start, start + ITEMS_AT_ONCE).map(app => ({
      PutRequest: { Item: itemOf(app) },
    }))
    await client.send(new BatchWriteCommand({ RequestItems: { [table]: requests } }))
  }
}

function itemOf({ connection, room, issues, view, pace, encoding }: App): ConnectionItem {
  const now = Date.now()
  return {
    room,
    connection,
    changedAt: asEpochMillis(now),
    expires: asEpochSeconds(Math.floor(now / 1000) + 3600),
    ...(view === 'board' ? { issues: new Set(issues) } : { quotes: new Set(issues) }),
    ...(view === 'quote-trades' ? { quotesWithTrades: new Set(issues) } : {}),
    pace,
    fastestPace: pace,
    encoding,
  }
}
