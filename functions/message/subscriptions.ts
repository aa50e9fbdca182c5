/** Changes the issues that a connection subscribes to. */
import { MAX_ISSUES_PER_CONNECTION } from '../../market/protocol.ts'
import {
  type ConnectionsTable,
  changeConnection,
  readConnection,
} from '../../tables/connections/connections-table.ts'

/** The subscription would take the connection over {@link MAX_ISSUES_PER_CONNECTION} issues. */
export class TooManyIssues extends Error {
  override readonly name = 'TooManyIssues'
}

/** The table has no such connection, or the connection has ended. */
export class NotConnected extends Error {
  override readonly name = 'NotConnected'

  constructor(connection: string) {
    super(`expected an open connection, got ${connection}, which is unknown or closed`)
  }
}

/** Attempts to add issues while other messages of the connection do too. A connection has few messages at a time. */
const MAX_ATTEMPTS = 10
/** The condition that a connection is open. */
const IS_OPEN = 'attribute_exists(changedAt) AND attribute_not_exists(gone)'

/**
 * Adds issues to a connection.
 * @throws TooManyIssues if there would be more than {@link MAX_ISSUES_PER_CONNECTION}. Then no issue is added.
 * @throws NotConnected
 */
export async function addIssues(
  connections: ConnectionsTable,
  room: string,
  connection: string,
  issues: readonly string[],
): Promise<void> {
  // Most calls add only new issues. Then one write is enough.
  if (await tryAdd(connections, room, connection, issues, issues.length)) return
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const held = await heldIssues(connections, room, connection)
    const added = issues.filter(issue => !held.has(issue)).length
    if (held.size + added > MAX_ISSUES_PER_CONNECTION) {
      throw new TooManyIssues(
        `expected at most ${MAX_ISSUES_PER_CONNECTION} issues a connection, got ${held.size} and ${added} more`,
      )
    }
    if (await tryAdd(connections, room, connection, issues, added)) return
    // Another message of the connection has added issues in between.
  }
  throw new Error(`connection ${connection}: expected to add issues, others were added ${MAX_ATTEMPTS} times`)
}

/** Removes issues from a connection. @throws NotConnected */
export async function removeIssues(
  connections: ConnectionsTable,
  room: string,
  connection: string,
  issues: readonly string[],
): Promise<void> {
  const isOpen = await changeConnection(connections, room, connection, {
    more: 'DELETE issues :issues',
    condition: { expression: IS_OPEN, values: { ':issues': new Set(issues) } },
  })
  if (!isOpen) throw new NotConnected(connection)
}

/** Returns the issues of a connection. @throws NotConnected */
export async function heldIssues(
  connections: ConnectionsTable,
  room: string,
  connection: string,
): Promise<ReadonlySet<string>> {
  const item = await readConnection(connections, room, connection)
  if (item === undefined || item.gone) throw new NotConnected(connection)
  return item.issues ?? new Set()
}

/**
 * Adds issues unless there could then be too many. Returns false if so, or if the connection is not open.
 * @param growth the number of `issues` that count as new.
 */
function tryAdd(
  connections: ConnectionsTable,
  room: string,
  connection: string,
  issues: readonly string[],
  growth: number,
): Promise<boolean> {
  return changeConnection(connections, room, connection, {
    more: 'ADD issues :issues',
    condition: {
      expression: `${IS_OPEN} AND (attribute_not_exists(issues) OR size(issues) <= :most)`,
      values: { ':issues': new Set(issues), ':most': MAX_ISSUES_PER_CONNECTION - growth },
    },
  })
}
