import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readCandidate, writeCandidate } from '../../../tables/control/candidate-item.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

const LINE = 3

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

test('a line has the candidate that has written last', async () => {
  const table = { client: tables.client, table: TABLES.CONTROL_TABLE }
  const soon = (): AbortSignal => AbortSignal.timeout(5_000)
  const read = async () => {
    const { task, beat } = (await readCandidate(table, LINE, soon()))!
    return [task, beat]
  }
  assert.equal(await readCandidate(table, LINE, soon()), undefined)
  await writeCandidate(table, LINE, { task: 'old', beat: 7 }, soon())
  assert.deepEqual(await read(), ['old', 7])
  await writeCandidate(table, LINE, { task: 'new', beat: 1 }, soon())
  assert.deepEqual(await read(), ['new', 1])
  assert.equal(await readCandidate(table, LINE + 1, soon()), undefined)
})
