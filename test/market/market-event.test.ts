import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMarketEvent, type StreamEvent } from '../../market/market-event.ts'

test('apps get issues, news, phases and line states, and no event of another type', () => {
  const isForApps = (type: string) => isMarketEvent({ type } as StreamEvent)
  for (const type of ['issues', 'news', 'phase', 'line']) assert.equal(isForApps(type), true, type)
  for (const type of ['complete', 'of a newer release', 'constructor'])
    assert.equal(isForApps(type), false, type)
})
