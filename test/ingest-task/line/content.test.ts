import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentOf } from '../../../ingest-task/line/content.ts'
import { LineError } from '../../../ingest-task/line/frame.ts'
import { encodeMaster, encodeNews, encodePhase } from '../../../ingest-task/quick/records.ts'
import { zip } from '../../../local/line/zip-writer.ts'
import { listedIssues } from '../listed-issues.ts'
import { frameOf } from './machine-run.ts'

/** The position of frame 11 of session 2: 2 × 2²⁶ + 11. */
const POSITION = 134_217_739

test('each type of frame has its content, and the position of the frame', () => {
  const news = { time: 5, headline: 'もみ合い', issues: ['7203'] }
  const issues = listedIssues(2)
  const bytes = Uint8Array.of(1, 2)
  const position = POSITION
  for (const [frame, content] of [
    [frameOf('prices', 11, bytes), { kind: 'messages', bytes, snapshot: false, position }],
    [frameOf('master', 11, encodeMaster(issues)), { kind: 'issues', issues, unread: [], position }],
    [frameOf('news', 11, encodeNews(news)), { kind: 'news', ...news, position }],
    [
      frameOf('market', 11, encodePhase({ time: 6, phase: 'lunch' })),
      { kind: 'phase', time: 6, phase: 'lunch', position },
    ],
  ] as const) {
    assert.deepEqual(contentOf(frame, 2), content)
  }
  assert.deepEqual(contentOf(frameOf('prices', 11, bytes)), {
    kind: 'messages',
    bytes,
    snapshot: false,
    position: 11,
  })
})

test('a part of a snapshot has no position', () => {
  const bytes = Uint8Array.of(1)
  assert.deepEqual(contentOf(frameOf('prices', 11, bytes, true), 2), {
    kind: 'messages',
    bytes,
    snapshot: true,
    position: 0,
  })
})

test('an archive is unpacked', () => {
  const file = Buffer.from('board')
  const content = contentOf({ ...frameOf('prices', 1, zip('prices.txt', file, true)), zip: true })
  assert.ok(content.kind === 'messages')
  assert.deepEqual(content.bytes, file)
})

test('an unreadable frame is an error that names its type and number, and has the kind of its cause', () => {
  const torn = { ...frameOf('prices', 11, Buffer.from('PK')), zip: true }
  for (const [frame, kind, message] of [
    [torn, 'zip-truncated', /^prices frame 11: expected a local header up to offset 30, got 2 bytes$/],
    [frameOf('news', 12, Buffer.from('x')), 'text', /^news frame 12: expected 3 fields, got 1 in "x"$/],
  ] as const) {
    assert.throws(
      () => contentOf(frame),
      (error: unknown) => {
        assert.ok(error instanceof LineError && error.cause instanceof Error)
        assert.equal(error.kind, kind)
        assert.match(error.message, message)
        return true
      },
    )
  }
  assert.throws(() => contentOf(frameOf('heartbeat', 1)), {
    kind: 'frame-type',
    message: 'expected a content frame, got heartbeat',
  })
})
