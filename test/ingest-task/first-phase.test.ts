import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatSegments } from '../../market/clock.ts'
import type { StreamEvent } from '../../market/market-event.ts'
import { momentFromIso } from '../../market/moment.ts'
import { nowMillis, toEpochMillis } from '../../market/units.ts'
import { startTables } from '../functions/tables.ts'
import { until } from '../until.ts'
import { openStream } from './ingest-stream.ts'
import { NOBODY } from './line-and-stream.ts'
import { startTask } from './task-process.ts'

test('the first task of a day publishes the phase that began before it, also without a line', async t => {
  const stream = await openStream()
  t.after(() => stream.close())
  const tables = await startTables()
  t.after(() => tables[Symbol.asyncDispose]())
  // market-hours starts the tasks at 7:30, and Fargate takes some forty seconds.
  const market = toEpochMillis(momentFromIso('2026-11-20T07:30:40+09:00')!)
  const clock = formatSegments([{ real: nowMillis(), market, speed: 1 }])
  const task = startTask({ stream, tables, line: 1, port: NOBODY, clock, healthFile: '/dev/null' })
  t.after(async () => {
    task.child.kill('SIGKILL')
    await task.ended
  })
  let phases: StreamEvent[] = []
  await until(async () => {
    const envelopes = await stream.envelopes()
    const events = envelopes.flatMap(each => (each.kind === 'events' ? each.events : []))
    phases = events.filter(({ type }) => type === 'phase')
    return phases.length > 0
  }, 'a phase in the stream')
  assert.deepEqual(phases, [{ type: 'phase', time: '2026-11-20T07:30:00.000000+09:00', phase: 'warm-up' }])
})
