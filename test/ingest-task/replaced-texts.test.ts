import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logReplacedTexts } from '../../ingest-task/replaced-texts.ts'
import { collectLog } from './collect-log.ts'

test('texts with unknown characters are counted, and one warning names the first five', () => {
  const log = collectLog()
  const bad = Array.from({ length: 6 }, (_, index) => `上方\ufffd${index}`)
  assert.equal(logReplacedTexts(log, ['もみ合い', ...bad, '']), 6)
  assert.deepEqual(log.lines, [
    ['warn', 'texts with unknown characters', { texts: 6, first: bad.slice(0, 5) }],
  ])
})

test('texts whose characters are all known are not logged', () => {
  const log = collectLog()
  assert.equal(logReplacedTexts(log, ['もみ合い', '']), 0)
  assert.deepEqual(log.lines, [])
})
