import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replayLineDown } from '../../drills/faults/replay-line-down-scenario.ts'

test('no app sees a line down that is up, although the lines come up before market time starts to run', async () => {
  const { wrong, measured } = await replayLineDown.run(4)
  assert.equal(wrong, 0, measured)
})
