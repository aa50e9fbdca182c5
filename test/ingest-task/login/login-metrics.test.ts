import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLoginMetrics } from '../../../ingest-task/login/login-metrics.ts'

test('the metric of the login is written while the login is refused, and only then', t => {
  const lines: string[] = []
  t.mock.method(process.stdout, 'write', (chunk: string | Uint8Array) => lines.push(chunk.toString()) > 0)
  t.mock.method(console, 'log', (line: string) => void lines.push(line))
  const publish = createLoginMetrics(2)
  for (const isRefused of [false, true, true, false]) publish(isRefused)
  t.mock.restoreAll()
  const written = lines.filter(line => line.includes('LoginRefused')).map(line => JSON.parse(line))
  assert.deepEqual(
    written.map(({ LoginRefused, line, service }) => [LoginRefused, line, service]),
    [
      [1, '2', 'ingest'],
      [1, '2', 'ingest'],
    ],
  )
})
