import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runReconnectDrill } from './reconnect-drill.ts'
import { SHORT } from './reconnect-size.ts'

test('apps get every trade once and true boards through cuts, holes, ends of connections and tokens, and crashes', async () => {
  const report = await runReconnectDrill(SHORT, 1)
  assert.deepEqual(report.problems, [])
  const { tradesMissing, tradesTwice, tradesWrong, wrongBoards, barsDiffering } = report
  assert.deepEqual(
    { tradesMissing, tradesTwice, tradesWrong, wrongBoards, barsDiffering },
    { tradesMissing: 0, tradesTwice: 0, tradesWrong: 0, wrongBoards: 0, barsDiffering: 0 },
  )
  assert.ok(report.tradesExpected > 0 && report.boards > 0, 'expected trades and boards')
  assert.ok(report.cuts > 0 && report.holes > 0 && report.crashes > 0, 'expected faults of each kind')
  assert.ok(report.connections > SHORT.apps, 'expected apps to connect again')
})
