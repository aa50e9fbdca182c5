import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileErrors } from '../compile.ts'

const IMPORTS = `
import { type BoardsTable, readBoards } from '#/tables/boards/boards-table.ts'
import type { ConnectionsTable } from '#/tables/connections/connections-table.ts'
import { putItem } from '#/tables/dynamodb.ts'
import { asEpochMillis, asEpochSeconds } from '#/market/units.ts'
declare const boards: BoardsTable
declare const connections: ConnectionsTable
const expires = asEpochSeconds(2)
`

test('an incomplete item, and a table with other items, do not compile', () => {
  const errors = compileErrors('tsconfig.json', {
    complete: `${IMPORTS}
      await putItem(connections, { room: 'room-0', connection: 'app', changedAt: asEpochMillis(1), expires })
      await readBoards(boards, [])`,
    withoutChangedAt: `${IMPORTS}
      await putItem(connections, { room: 'room-0', connection: 'app', expires })`,
    wrongType: `${IMPORTS}
      await putItem(connections, { room: 'room-0', connection: 'app', changedAt: '1', expires })`,
    unknownAttribute: `${IMPORTS}
      await putItem(connections, { room: 'room-0', connection: 'app', changedAt: asEpochMillis(1), expires, issue: '7203' })`,
    wrongTable: `${IMPORTS}
      await readBoards(connections, [])`,
  })
  assert.deepEqual(errors.complete, [])
  assert.match(errors.withoutChangedAt.join(), /changedAt/)
  assert.match(errors.wrongType.join(), /'string' is not assignable to type 'EpochMillis'/)
  assert.match(errors.unknownAttribute.join(), /issue/)
  assert.match(errors.wrongTable.join(), /not assignable/)
})
