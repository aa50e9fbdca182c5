import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createStatus } from '../../client/market-status.ts'
import type { LineState } from '../../market/market-event.ts'
import type { AppEvent } from '../../market/protocol.ts'

const line = (state: LineState, second: number, number = 1): AppEvent => ({
  type: 'line',
  line: number,
  state,
  since: `2026-11-20T09:00:0${second}.000000+09:00`,
})

describe('the status of phase and lines', () => {
  it('ignores the state in an answer that is older than an event before it', () => {
    const status = createStatus()
    assert.ok(status.isNew(line('stale', 1)))
    assert.ok(status.isCurrent(line('recovering', 2)))
    assert.ok(status.isCurrent(line('live', 2)))
    assert.ok(!status.isNew(line('stale', 1)))
    assert.ok(!status.isNew(line('recovering', 2)))
    assert.ok(!status.isCurrent(line('stale', 1)))
    assert.ok(status.isNew(line('stale', 3)))
  })

  it('is kept for each line', () => {
    const status = createStatus()
    assert.ok(status.isCurrent(line('live', 5)))
    assert.ok(status.isNew(line('live', 1, 2)))
    assert.ok(status.isNew({ type: 'phase', time: '2026-11-20T08:00:00.000000+09:00', phase: 'morning' }))
    assert.ok(
      !status.isCurrent({ type: 'phase', time: '2026-11-20T07:00:00.000000+09:00', phase: 'warm-up' }),
    )
  })

  it('has news of a time and a headline once, among the last two hundred', () => {
    const status = createStatus()
    const news = (headline: string, minute = 0): AppEvent => ({
      type: 'news',
      time: `2026-11-20T08:${String(minute).padStart(2, '0')}:00+09:00`,
      headline,
      issues: [],
    })
    assert.ok(status.isCurrent(news('決算')))
    assert.ok(!status.isCurrent(news('決算')))
    assert.ok(status.isCurrent(news('決算', 1)))
    for (let index = 0; index < 199; index++) assert.ok(status.isCurrent(news(`見出し${index}`)))
    assert.ok(!status.isCurrent(news('決算', 1)))
    assert.ok(status.isCurrent(news('決算')))
  })
})
