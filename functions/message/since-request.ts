/** Requests for missed trades, as changes of the connection's item. Broadcast reads them, and sends the trades. */
import { randomUUID } from 'node:crypto'
import { MAX_QUOTES_PER_CONNECTION, type Since } from '../../market/protocol.ts'
import { addMillis, type Millis, nowMillis } from '../../market/units.ts'
import type {
  ConnectionChange,
  ConnectionItem,
  SinceRequest,
} from '../../tables/connections/connections-table.ts'
import type { Condition } from '../../tables/dynamodb.ts'

/** Sequences of all requests in an item: those of 1,000 issues take 11 KB of the item, and as many write units. */
export const MAX_SEQUENCES = MAX_QUOTES_PER_CONNECTION
/** Broadcast has read an older request (functions/broadcast/rooms.ts), so a new request may replace it (ms). */
const READ_WITHIN_MS: Millis = 5_000

/** The part of a change that stores a request. */
export interface SinceChange {
  readonly set: Pick<NonNullable<ConnectionChange['set']>, 'since' | 'sinceCount'>
  readonly assign: readonly string[]
  /** Items of an ADD clause. */
  readonly adds: readonly string[]
  readonly conditions: readonly string[]
  readonly values: NonNullable<Condition['values']>
}

export const NO_SINCE: SinceChange = { set: {}, assign: [], adds: [], conditions: [], values: {} }

/** Returns the request of a message; undefined if it asks for nothing. */
export function sinceRequestOf(
  since: Since | undefined,
  issues: readonly string[],
): SinceRequest | undefined {
  const wanted = Object.entries(since?.sequences ?? {}).filter(([issue]) => issues.includes(issue))
  if (since === undefined || wanted.length === 0) return undefined
  return { id: randomUUID(), at: nowMillis(), date: since.date, sequences: Object.fromEntries(wanted) }
}

/** Returns the change that adds a request to those of an item. It is refused if they have too many sequences. */
export function addSince(request: SinceRequest | undefined): SinceChange {
  if (request === undefined) return NO_SINCE
  const count = countOf(request)
  return {
    set: {},
    assign: ['since = list_append(if_not_exists(since, :noSince), :since)'],
    adds: ['sinceCount :sinceCount'],
    conditions: ['(attribute_not_exists(sinceCount) OR sinceCount <= :sinceRoom)'],
    values: {
      ':noSince': [],
      ':since': [request],
      ':sinceCount': count,
      ':sinceRoom': MAX_SEQUENCES - count,
    },
  }
}

/** Returns the change that adds a request, and drops those that broadcast has read. It is refused if they changed meanwhile. */
export function replaceSince(
  { since = [], sinceCount }: Pick<ConnectionItem, 'since' | 'sinceCount'>,
  request: SinceRequest | undefined,
): SinceChange {
  if (request === undefined) return NO_SINCE
  const from = addMillis(nowMillis(), -READ_WITHIN_MS)
  const kept = [...since.filter(({ at }) => at >= from), request]
  while (sumOf(kept) > MAX_SEQUENCES) kept.shift()
  const isSame = sinceCount === undefined ? 'attribute_not_exists(sinceCount)' : 'sinceCount = :sinceBefore'
  return {
    set: { since: kept, sinceCount: sumOf(kept) },
    assign: [],
    adds: [],
    conditions: [isSame],
    values: sinceCount === undefined ? {} : { ':sinceBefore': sinceCount },
  }
}

function countOf({ sequences }: SinceRequest): number {
  return Object.keys(sequences).length
}

function sumOf(requests: readonly SinceRequest[]): number {
  return requests.reduce((sum, request) => sum + countOf(request), 0)
}
