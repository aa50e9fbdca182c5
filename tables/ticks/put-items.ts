/** Writes items to the ticks table: at a pace, and again if the table did not take them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { eachOf } from '../../lambda/each-of.ts'
import type { EpochMillis } from '../../market/units.ts'
import { putBatch, type Table, WRITES_PER_REQUEST } from '../dynamodb.ts'
import { DeadlineError, retryUntil, TryAgain } from '../retry.ts'
import type { TicksKey } from './ticks-item.ts'
import { type Pace, REQUEST_UNITS } from './write-pace.ts'
import { writeUnits } from './write-units.ts'

/** Requests in flight. With several, the pace is kept although each answer takes time. */
const REQUESTS_IN_FLIGHT = 8
/** Wait before items are sent again for the first time (ms). */
const FIRST_WAIT_MS = 50

/**
 * Writes items. An item that the table does not process, or whose request is throttled, is sent again until `deadline`
 * (epoch ms). Each attempt takes write units of `pace`.
 * @param items no two have the same key.
 * @returns the items that the table did not take by the deadline.
 */
export async function putItems<Item extends TicksKey>(
  { client, table }: Table,
  items: readonly Item[],
  deadline: EpochMillis,
  pace: Pace,
): Promise<Item[]> {
  const left: Item[] = []
  await eachOf(requestsOf(items), REQUESTS_IN_FLIGHT, async request => {
    let rest: readonly Item[] = request
    const expected = `${request.length} items of ${table} written`
    const putRest = async (): Promise<TryAgain | undefined> => {
      await takeTurn(pace, rest, deadline)
      rest = await putBatch({ client, table }, rest, keyText)
      return rest.length === 0 ? undefined : new TryAgain(`${rest.length} left`)
    }
    try {
      await retryUntil({ deadline, expected, firstWaitMs: FIRST_WAIT_MS }, putRest)
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error
      left.push(...rest)
    }
  })
  return left
}

/** Groups items into requests. A request has at most 25 items, and at most the units that may be spent at once. */
function requestsOf<Item extends TicksKey>(items: readonly Item[]): Item[][] {
  const requests: Item[][] = []
  let freeUnits = 0
  for (const item of items) {
    const units = writeUnits(item)
    const request = requests.at(-1)
    if (request !== undefined && request.length < WRITES_PER_REQUEST && units <= freeUnits) {
      request.push(item)
      freeUnits -= units
    } else {
      requests.push([item])
      freeUnits = REQUEST_UNITS - units
    }
  }
  return requests
}

function keyText({ key, time }: TicksKey): string {
  return `${key} ${time}`
}

/**
 * Waits until the pace allows to write `items`.
 * @throws DeadlineError at once if this is not before the deadline.
 */
async function takeTurn(pace: Pace, items: readonly TicksKey[], deadline: EpochMillis): Promise<void> {
  const units = items.reduce((sum, item) => sum + writeUnits(item), 0)
  const wait = pace.book(units)
  if (Date.now() + wait >= deadline) {
    throw new DeadlineError(
      `expected a turn for ${units} write units before the deadline, got one in ${wait} ms`,
    )
  }
  await sleep(wait)
}
