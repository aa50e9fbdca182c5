/** Changes the issues that a connection subscribes to, and their views. */
import { MAX_BOARDS_PER_CONNECTION, MAX_QUOTES_PER_CONNECTION } from '../../market/protocol.ts'
import type { View } from '../../market/view.ts'
import { subscriptionsOf } from '../../tables/connections/connection-reading.ts'
import {
  type ConnectionItem,
  type ConnectionsTable,
  changeConnection,
  type SinceRequest,
} from '../../tables/connections/connections-table.ts'
import { ifOpen, isOpen, openConnection } from './open-connection.ts'
import { addSince, replaceSince, type SinceChange } from './since-request.ts'

/** The subscription would take the connection over the limit of a view. */
export class TooManyIssues extends Error {
  override readonly name = 'TooManyIssues'
}

/** The sets of ConnectionItem that name issues. */
type IssueSet = 'issues' | 'quotes' | 'quotesWithTrades'

/** What a view does to the sets. Issues leave the sets that are not named. */
interface ViewSets {
  /** The set whose size is limited. Each issue of the view is in it. */
  readonly limited: IssueSet
  readonly most: number
  /** A further set that has the issues of the view. */
  readonly marked?: IssueSet
  /** Sets that have none of the issues of the view. */
  readonly others: readonly IssueSet[]
  /** The name of the limit in errors. */
  readonly limitName: string
}

const quoteLimit = { limited: 'quotes', most: MAX_QUOTES_PER_CONNECTION, limitName: 'view quote' } as const

const VIEW_SETS: Readonly<Record<View, ViewSets>> = {
  board: {
    limited: 'issues',
    most: MAX_BOARDS_PER_CONNECTION,
    others: ['quotes', 'quotesWithTrades'],
    limitName: 'view board',
  },
  quote: { ...quoteLimit, others: ['issues', 'quotesWithTrades'] },
  'quote-trades': { ...quoteLimit, marked: 'quotesWithTrades', others: ['issues'] },
}

/** Attempts to add issues while other messages of the connection do too. A connection has few messages at a time. */
const MAX_ATTEMPTS = 10

/**
 * Adds issues to a connection in a view. Issues that the connection has in another view change to this view.
 * @param request asks for missed trades of these issues.
 * @returns the item of the connection with the issues.
 * @throws TooManyIssues if the view would have more issues than its limit. Then nothing changes.
 * @throws NotConnected or ConnectionOver
 */
export async function addIssues(
  connections: ConnectionsTable,
  room: string,
  connection: string,
  issues: readonly string[],
  view: View = 'board',
  request?: SinceRequest,
): Promise<ConnectionItem> {
  const sets = VIEW_SETS[view]
  const tryAdd = (added: readonly string[], since: SinceChange): Promise<ConnectionItem | undefined> =>
    changeConnection(connections, room, connection, additionOf(sets, issues, added, since))
  // Most calls add only new issues. Then one write is enough.
  if (issues.length <= sets.most) {
    const item = await tryAdd(issues, addSince(request))
    if (item !== undefined) return item
  }
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const held = await openConnection(connections, room, connection)
    const limited = held[sets.limited] ?? new Set()
    // Only these count. If another message removes a held issue meanwhile, this one took effect before.
    const added = issues.filter(issue => !limited.has(issue))
    if (limited.size + added.length > sets.most) {
      throw new TooManyIssues(
        `expected at most ${sets.most} issues in ${sets.limitName}, got ${limited.size} and ${added.length} more`,
      )
    }
    const views = subscriptionsOf(held)
    if (request === undefined && issues.every(issue => views.get(issue) === view)) return held
    const item = await tryAdd(added, replaceSince(held, request))
    if (item !== undefined) return item
    // Another message of the connection has added issues in between.
  }
  throw new Error(`connection ${connection}: expected to add issues, others were added ${MAX_ATTEMPTS} times`)
}

/** Removes issues from a connection, whatever their views. @throws NotConnected or ConnectionOver */
export async function removeIssues(
  connections: ConnectionsTable,
  room: string,
  connection: string,
  issues: readonly string[],
): Promise<void> {
  const { expression, values } = isOpen()
  const item = await changeConnection(connections, room, connection, {
    more: 'DELETE issues :issues, quotes :issues, quotesWithTrades :issues',
    condition: { expression, values: { ...values, ':issues': new Set(issues) } },
  })
  await ifOpen(connections, room, connection, item)
}

/**
 * Returns the change that moves issues to the sets of a view. It is refused if the limited set could then be too large, or
 * if the connection is not open.
 * @param added those of `issues` that the limited set may lack.
 */
function additionOf(
  { limited, most, marked, others }: ViewSets,
  issues: readonly string[],
  added: readonly string[],
  since: SinceChange,
) {
  const adds = [
    ...(added.length === 0 ? [] : [`${limited} :added`]),
    ...(marked === undefined ? [] : [`${marked} :issues`]),
    ...since.adds,
  ]
  const { expression, values } = isOpen()
  const room = `(attribute_not_exists(${limited}) OR size(${limited}) <= :most)`
  return {
    set: since.set,
    assign: since.assign,
    more: `${adds.length === 0 ? '' : `ADD ${adds.join(', ')} `}DELETE ${others.map(set => `${set} :issues`).join(', ')}`,
    condition: {
      expression: [expression, room, ...since.conditions].join(' AND '),
      values: {
        ...values,
        ':issues': new Set(issues),
        ...(added.length === 0 ? {} : { ':added': new Set(added) }),
        ':most': most - added.length,
        ...since.values,
      },
    },
  }
}
