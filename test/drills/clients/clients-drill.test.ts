import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runClientsDrill } from './clients-drill.ts'
import { SHORT } from './drill-size.ts'

test('clients that are not faulty get every trade once while others fail, tables throttle and functions die', async () => {
  const { phases, problems } = await runClientsDrill(SHORT, 1)
  assert.deepEqual(problems, [])
  assert.equal(phases.length, 14)
})
