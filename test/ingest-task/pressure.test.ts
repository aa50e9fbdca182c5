import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Ingest } from '../../ingest-task/ingest.ts'
import type { LineEvents } from '../../ingest-task/line-seam.ts'
import { asTradingDate } from '../../market/units.ts'
import { until } from '../until.ts'
import { EMPTY_STATS } from './empty-stats.ts'
import { configOf, marketClock } from './line-and-stream.ts'
import { openServer } from './publish/put-server.ts'

const DATE = asTradingDate(20261120)
/** News that hardly compress: together more than the 8 MB that may wait. */
const NEWS = 300
const HEADLINE_BYTES = 40_000

test('a task pauses its line while too much waits to be published, each time, and once more when it ends', async t => {
  let broken = true
  const server = await openServer(() => !broken)
  const calls: string[] = []
  const logged: string[] = []
  let events: LineEvents | undefined
  const ingest = new Ingest({
    config: configOf(marketClock(), 1, 0),
    client: server.client,
    openLine(given) {
      events = given
      return {
        stats: EMPTY_STATS.line,
        pause: () => calls.push('pause'),
        resume: () => calls.push('resume'),
        close: async () => void calls.push('close'),
      }
    },
    log: { info: message => logged.push(message), warn: message => logged.push(message) },
    published: undefined,
    delivered() {},
  })
  t.after(async () => {
    broken = false
    await ingest.close()
    await server.close()
  })
  let position = 0
  events?.deliver({ kind: 'opened', tradingDate: DATE, position })
  for (let time = 1; time <= 2; time++) {
    broken = true
    calls.length = 0
    for (let index = 0; index < NEWS; index++) {
      const headline = randomBytes(HEADLINE_BYTES).toString('base64')
      events?.deliver({ kind: 'news', time: 32_400_000_000, headline, issues: [], position: ++position })
    }
    await until(() => calls.length > 0, `pause ${time}`)
    assert.deepEqual(calls, ['pause'])
    broken = false
    await until(() => calls.length > 1, `the end of pause ${time}`)
    assert.deepEqual(calls, ['pause', 'resume'])
  }
  assert.deepEqual(
    logged.filter(message => /^line (paused|resumed)/.test(message)),
    [1, 2].flatMap(() => ['line paused: too many bytes wait to be published', 'line resumed']),
  )
  calls.length = 0
  await ingest.close()
  assert.deepEqual(calls, ['pause', 'close'])
})

test('a task that has read nothing has counted nothing', async t => {
  const server = await openServer(() => true)
  const ingest = new Ingest({
    config: configOf(marketClock(), 1, 0),
    client: server.client,
    openLine: () => ({ stats: EMPTY_STATS.line, pause() {}, resume() {}, close: async () => {} }),
    log: { info() {}, warn() {} },
    published: undefined,
    delivered() {},
  })
  t.after(async () => {
    await ingest.close()
    await server.close()
  })
  const { line: _line, publisher: _publisher, ...counts } = ingest.stats
  const names = Object.keys(counts)
  assert.ok(names.length >= 6, names.join())
  assert.deepEqual(counts, Object.fromEntries(names.map(name => [name, 0])))
})
