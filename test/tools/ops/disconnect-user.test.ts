import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AwsError } from '@itastream/local-cloud/aws-error'
import { asEpochSeconds } from '../../../market/units.ts'
import {
  addConnection,
  type ConnectionsTable,
  markGone,
  readConnection,
} from '../../../tables/connections/connections-table.ts'
import { readCut } from '../../../tables/users/user-cut.ts'
import type { UsersTable } from '../../../tables/users/users-table.ts'
import { disconnectUser } from '../../../tools/ops/disconnect-user.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'
import { until } from '../../until.ts'

const ROOM = 'room-0'
/** Longer than the hour that the operator names. */
const TOKEN_END = asEpochSeconds(4_000_000_000)

let tables: Tables
let users: UsersTable
let connections: ConnectionsTable
/** Looks at the table that fail. */
let failing = 0
before(async () => {
  tables = await startTables({
    answer: ({ operation, input, run }) => {
      if (operation === 'Scan' && failing-- > 0) throw new AwsError(400, 'AccessDeniedException', 'not yet')
      return run(input)
    },
  })
  users = { client: tables.client, table: TABLES.USERS_TABLE }
  connections = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
})
after(() => tables[Symbol.asyncDispose]())

/** Starts the command. `closed` has the connections that it has closed. */
function start(user: string, closeConnection: (connection: string) => Promise<boolean>) {
  const lines: string[] = []
  const closed: string[] = []
  const done = disconnectUser(
    {
      users,
      connections,
      print: line => void lines.push(line),
      closeConnection: (connection, lastMessage) => {
        closed.push(`${connection} ${lastMessage}`)
        return closeConnection(connection)
      },
    },
    user,
    3_600,
  )
  return { lines, closed, done }
}

test('connections that broadcast ends, that connect late, and that had ended before, each in their way', async () => {
  for (const id of ['by-broadcast', 'left', 'vanished'])
    await addConnection(connections, ROOM, id, { user: 'ken', client: 'app/1', tokenExpires: TOKEN_END })
  await addConnection(connections, ROOM, 'of-yui', { user: 'yui' })
  failing = 2
  // $disconnect marks a connection that was open. Of one that vanished nobody has told the table.
  const { lines, closed, done } = start('ken', async connection => {
    if (connection === 'vanished') return false
    await markGone(connections, ROOM, connection)
    return true
  })
  const isAsked = async (id: string) => (await readConnection(connections, ROOM, id))?.ends === 'access-ended'
  await until(() => isAsked('by-broadcast'), 'the connection that is asked to end')
  await markGone(connections, ROOM, 'by-broadcast')
  // A connect that had read the user before the cut.
  await addConnection(connections, ROOM, 'late', { user: 'ken' })

  assert.equal(await done, true)
  const end = JSON.stringify({
    type: 'end',
    code: 'access-ended',
    number: 4005,
    message: 'An operator has ended the access of the user.',
  })
  assert.deepEqual(closed.sort(), [`late ${end}`, `left ${end}`, `vanished ${end}`])
  const [cut = '', first, second, longer = '', ...others] = lines
  assert.match(cut, /^Tokens of ken issued until .* are refused until .*\.$/)
  assert.match(`${first}${second}`, /^( {2}tries again after AccessDeniedException: not yet){2}$/)
  assert.match(longer, /^ {2}a token of a connection lives longer: refused until 2096-/)
  assert.equal(others.pop(), 'ken has no connection any more; 4 were open.')
  assert.deepEqual(others.sort(), [
    '  by-broadcast: ended by broadcast, or by the app',
    '  by-broadcast: open (app/1), asked to end',
    '  late: closed',
    '  late: open, asked to end',
    '  left: closed',
    '  left: open (app/1), asked to end',
    '  vanished: closed',
    '  vanished: open (app/1), asked to end',
  ])
  assert.equal((await readConnection(connections, ROOM, 'vanished'))?.gone, true)
  assert.equal((await readConnection(connections, ROOM, 'of-yui'))?.ends, undefined)
  assert.equal((await readCut(users, 'ken'))?.expires, TOKEN_END)
})
