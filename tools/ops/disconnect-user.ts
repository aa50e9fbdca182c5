/** `ops disconnect`: ends the access of a user, and the connections that the user has. */
import { setTimeout as sleep } from 'node:timers/promises'
import { endMessage } from '../../market/end-message.ts'
import type { ErrorCode } from '../../market/protocol-errors.ts'
import {
  asEpochMillis,
  asEpochSeconds,
  type EpochSeconds,
  type Millis,
  type Seconds,
} from '../../market/units.ts'
import {
  type ConnectionItem,
  type ConnectionsTable,
  markGone,
} from '../../tables/connections/connections-table.ts'
import { askToEnd, readUserConnections } from '../../tables/connections/user-connections.ts'
import { extendCut, writeCut } from '../../tables/users/user-cut.ts'
import type { UsersTable } from '../../tables/users/users-table.ts'
import { tokyoTime } from './tokyo-time.ts'

/** Time between two looks at the connections (ms). */
const LOOK_EVERY_MS: Millis = 1_000
/**
 * Broadcast ends a connection within this time (ms) if it runs: it reads a room every second at the latest, and a new environment
 * reads the stream for three seconds first.
 */
const BROADCAST_MS: Millis = 10_000
/**
 * A connect that read the user just before the cut stores its connection within this time (ms): the function ends after ten
 * seconds (cdk/realtime-api.ts).
 */
const CONNECTING_MS: Millis = 12_000
/** Time after which the command gives up (ms). */
const LIMIT_MS: Millis = 60_000

const REASON: ErrorCode = 'access-ended'

/** What the command needs of a system. */
export interface DisconnectParts {
  readonly users: UsersTable
  readonly connections: ConnectionsTable
  /** Posts a last message to a connection and closes it. Returns false if it was closed before. */
  closeConnection(connection: string, lastMessage: string): Promise<boolean>
  print(line: string): void
}

/** A connection that the command has found. */
interface Found {
  readonly item: ConnectionItem
  readonly foundAt: Millis
  /** Whether the command itself has closed it. */
  isClosed: boolean
  hasEnded: boolean
}

/**
 * Ends the access of a user.
 * @param life how long a token of the issuer can live (s). The cut lasts longer if the token of an open connection does.
 * @returns whether the user has no connection any more.
 */
export async function disconnectUser(parts: DisconnectParts, user: string, life: Seconds): Promise<boolean> {
  const { print } = parts
  const { cutAt, expires } = await writeCut(parts.users, user, life)
  print(`Tokens of ${user} issued until ${timeOf(cutAt)} are refused until ${timeOf(expires)}.`)
  const found = new Map<string, Found>()
  const end = { expires }
  const start = performance.now()
  for (;;) {
    const elapsed = performance.now() - start
    const failure = await look(parts, user, found, end).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (failure !== undefined) print(`  tries again after ${String(failure)}`)
    const left = [...found.values()].filter(({ hasEnded }) => !hasEnded).length
    if (failure === undefined && left === 0 && elapsed >= CONNECTING_MS) break
    if (elapsed >= LIMIT_MS) {
      if (failure !== undefined) throw failure
      print(`After ${LIMIT_MS / 1_000} s ${left} of the connections are still open. Repeat the command.`)
      return false
    }
    await sleep(LOOK_EVERY_MS)
  }
  const were = found.size === 1 ? '1 was' : found.size === 0 ? 'none was' : `${found.size} were`
  print(`${user} has no connection any more; ${were} open.`)
  return true
}

/** Looks once at the connections of a user, and ends them. A look that fails is repeated. */
async function look(
  parts: DisconnectParts,
  user: string,
  found: Map<string, Found>,
  end: { expires: EpochSeconds },
): Promise<void> {
  const items = await readUserConnections(parts.connections, user)
  const latest = asEpochSeconds(Math.max(...items.map(({ tokenExpires = 0 }) => tokenExpires), 0))
  if (latest > end.expires) {
    await extendCut(parts.users, user, latest)
    end.expires = latest
    parts.print(`  a token of a connection lives longer: refused until ${timeOf(latest)}`)
  }
  const isOpen = new Set(items.map(({ connection }) => connection))
  for (const [connection, one] of found) {
    if (isOpen.has(connection) || one.hasEnded) continue
    one.hasEnded = true
    parts.print(`  ${connection}: ${one.isClosed ? 'closed' : 'ended by broadcast, or by the app'}`)
  }
  for (const item of items) {
    const before = found.get(item.connection)
    if (before === undefined) {
      await askToEnd(parts.connections, item, REASON)
      found.set(item.connection, { item, foundAt: performance.now(), isClosed: false, hasEnded: false })
      parts.print(`  ${item.connection}: open${detailsOf(item)}, asked to end`)
    } else if (performance.now() - before.foundAt >= BROADCAST_MS) await close(parts, before)
  }
}

async function close({ connections, closeConnection }: DisconnectParts, found: Found): Promise<void> {
  const { room, connection } = found.item
  found.isClosed = true
  const wasOpen = await closeConnection(connection, JSON.stringify(endMessage(REASON)))
  // API Gateway calls $disconnect for a connection that was open.
  if (!wasOpen) await markGone(connections, room, connection)
}

function detailsOf({ connectedAt, client }: ConnectionItem): string {
  const since = connectedAt === undefined ? '' : ` since ${tokyoTime(connectedAt)}`
  return `${since}${client === undefined ? '' : ` (${client})`}`
}

function timeOf(seconds: EpochSeconds): string {
  return tokyoTime(asEpochMillis(seconds * 1_000))
}
