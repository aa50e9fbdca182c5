import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boundedEvent } from '../../../functions/broadcast/bounded-news.ts'
import type { EventOf } from '../../../market/market-event.ts'

const TIME = '2026-11-20T09:00:00.000000+09:00'

/** News with a headline and so many issues. */
const newsOf = (headline: string, count: number): EventOf<'news'> => ({
  type: 'news',
  time: TIME,
  headline,
  issues: Array.from({ length: count }, (_, index) => String(1000 + index)),
})

test('news with 500 characters and 500 issues are not changed, and neither are other events', () => {
  const news = newsOf('株'.repeat(500), 500)
  assert.equal(boundedEvent(news), news)
  const phase: EventOf<'phase'> = { type: 'phase', time: TIME, phase: 'morning' }
  assert.equal(boundedEvent(phase), phase)
})

test('a headline of 501 characters is cut to 500 with the ellipsis; the issues stay', () => {
  const short = boundedEvent(newsOf('株'.repeat(501), 500))
  assert.deepEqual(short, newsOf(`${'株'.repeat(499)}…`, 500))
})

test('of 501 issues the first 500 stay; the headline too', () => {
  assert.deepEqual(boundedEvent(newsOf('株'.repeat(500), 501)), newsOf('株'.repeat(500), 500))
})

test('a cut within a character of two code units leaves valid text', () => {
  const { headline } = boundedEvent(newsOf(`${'株'.repeat(498)}𠮷野家`, 0)) as EventOf<'news'>
  assert.equal(headline, `${'株'.repeat(498)}\uFFFD…`)
})
