/** Puts items into the ticks table: paced, and again while they come back unprocessed. */
import { setTimeout as sleep } from 'node:timers/promises'
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { eachOf } from '../../lambda/each-of.ts'
import { type Item, WRITES_PER_REQUEST } from '../dynamodb.ts'
import { isThrottle } from '../retry.ts'
import { KEY, TIME } from './ticks-item.ts'
import { type Pace, REQUEST_UNITS } from './write-pace.ts'
import { writeUnits } from './write-units.ts'

/** Requests in flight: the pace is kept although the table takes long to answer. */
const REQUESTS_IN_FLIGHT = 8
/** First wait before unprocessed items are sent again (ms); doubled each time, with jitter. */
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 2_000

/**
 * Puts items; what comes back unprocessed, or is throttled whole, is sent again with growing waits until `deadline`
 * (epoch ms), and paid for again.
 * @param items no two with the same key.
 * @returns those of `items` that were not taken by then.
 */
export async function putItems(
  client: DynamoDBDocumentClient,
  table: string,
  items: readonly Item[],
  deadline: number,
  pace: Pace,
): Promise<Item[]> {
  const left: Item[] = []
  await eachOf(requestsOf(items), REQUESTS_IN_FLIGHT, async request => {
    let rest: readonly Item[] = request
    for (let wait = FIRST_WAIT_MS; rest.length > 0; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      if (!(await pauseUntil(pace.book(unitsOf(rest)), deadline))) break
      rest = await put(client, table, rest)
      // Waited for before the next turn is booked: a turn that was not taken in time would come on top of others.
      if (rest.length > 0 && !(await pauseUntil(wait * (0.5 + Math.random() / 2), deadline))) break
    }
    left.push(...rest)
  })
  return left
}

/** As many items a request as it may hold, and as are paid for at once. */
function requestsOf(items: readonly Item[]): Item[][] {
  const requests: Item[][] = []
  let room = 0
  for (const item of items) {
    const units = writeUnits(item)
    const request = requests.at(-1)
    if (request !== undefined && request.length < WRITES_PER_REQUEST && units <= room) {
      request.push(item)
      room -= units
    } else {
      requests.push([item])
      room = REQUEST_UNITS - units
    }
  }
  return requests
}

/** @returns the items that were not taken. */
async function put(
  client: DynamoDBDocumentClient,
  table: string,
  items: readonly Item[],
): Promise<readonly Item[]> {
  try {
    const requests = items.map(Item => ({ PutRequest: { Item } }))
    const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }))
    const unprocessed = new Set(
      answer.UnprocessedItems?.[table]?.map(({ PutRequest }) => nameOf(PutRequest?.Item ?? {})),
    )
    return items.filter(item => unprocessed.has(nameOf(item)))
  } catch (error) {
    if (isThrottle(error)) return items
    throw error
  }
}

function nameOf(item: Item): string {
  return `${item[KEY]?.S} ${item[TIME]?.S}`
}

function unitsOf(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + writeUnits(item), 0)
}

/** @returns whether it is not too late. */
async function pauseUntil(milliseconds: number, deadline: number): Promise<boolean> {
  if (Date.now() + milliseconds >= deadline) return false
  await sleep(milliseconds)
  return true
}
