import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHealth } from '../../ingest-task/health-verdict.ts'
import { LeasedIngest } from '../../ingest-task/leased-ingest.ts'
import { until } from '../until.ts'
import { collectLog } from './collect-log.ts'
import { handFedLine } from './hand-fed-line.ts'
import { openStream } from './ingest-stream.ts'
import { configOf, marketClock, NOBODY } from './line-and-stream.ts'

test('a line without any frame counts as silent since it was opened, and proves nothing', async t => {
  const stream = await openStream()
  t.after(() => stream.close())
  const leased = new LeasedIngest({
    config: configOf(marketClock(), 1, NOBODY),
    client: stream.client,
    openLine: handFedLine().open,
    log: collectLog(),
    mayPut: () => false,
    otherWorks: () => false,
    findPublished: async () => undefined,
    delivered() {},
    began() {},
    ended() {},
  })
  t.after(async () => {
    await leased.drain(1_000, true)
    leased.end('stopped')
  })
  leased.standBy()
  await until(() => leased.observed(undefined).silentMs >= 50, 'fifty silent milliseconds')
  const { ready, proved } = leased.observed(undefined)
  assert.deepEqual([ready, proved], [false, false])
})

test('a task that never reads its lease never passes its health check, so that its image replaces no other', async t => {
  const stream = await openStream()
  t.after(() => stream.close())
  for (const otherWorks of [true, false]) {
    const leased = new LeasedIngest({
      config: configOf(marketClock(), 1, NOBODY),
      client: stream.client,
      openLine: () => assert.fail('the line is opened after the lease is read'),
      log: collectLog(),
      mayPut: () => false,
      otherWorks: () => otherWorks,
      findPublished: async () => undefined,
      delivered() {},
      began() {},
      ended() {},
    })
    t.after(() => leased.end('overtaken'))
    const judge = createHealth()
    for (let at = 0; at < 120_000; at += 1000) assert.equal(judge(leased.signs, at), 'unproved', `at ${at}`)
  }
})
