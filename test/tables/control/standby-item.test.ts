import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readStandby, writeStandby } from '../../../tables/control/standby-item.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

const LINE = 3

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

test('a ready standby replaces any other, and a standby that is not ready replaces only itself', async () => {
  const table = { client: tables.client, table: TABLES.CONTROL_TABLE }
  const soon = (): AbortSignal => AbortSignal.timeout(5_000)
  const write = (task: string, beat: number, ready: boolean) =>
    writeStandby(table, LINE, { task, beat, ready, position: 10 * beat }, soon())
  const read = async () => {
    const { task, beat, ready, position } = (await readStandby(table, LINE, soon()))!
    assert.equal(position, 10 * beat)
    return [task, beat, ready]
  }
  assert.equal(await readStandby(table, LINE, soon()), undefined)
  assert.equal(await write('old', 1, false), true)
  assert.equal(await write('new', 1, false), false)
  assert.deepEqual(await read(), ['old', 1, false])
  assert.equal(await write('new', 2, true), true)
  assert.equal(await write('old', 2, false), false)
  assert.deepEqual(await read(), ['new', 2, true])
  assert.equal(await write('old', 3, true), true)
  assert.equal(await write('old', 4, false), true)
  assert.deepEqual(await read(), ['old', 4, false])
})
