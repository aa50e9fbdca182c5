import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PutHealth } from '../../../ingest-task/publish/put-health.ts'

const TAKEN = { SequenceNumber: '1', ShardId: 'shard' }
const REFUSED = { ErrorCode: 'ProvisionedThroughputExceededException' }
const FAILED = { ErrorCode: 'TimeoutError: no answer' }

test('the stream does not answer from the moment on at which something waits, until it takes or refuses a record', () => {
  const health = new PutHealth()
  assert.equal(health.unansweredMs(50), 0)
  health.look(true, 100)
  health.look(true, 200)
  assert.equal(health.unansweredMs(700), 600)
  health.note(FAILED, 700)
  health.note(undefined, 750)
  assert.equal(health.unansweredMs(800), 700)
  health.note(REFUSED, 800)
  assert.equal(health.unansweredMs(900), 100)
  health.note(TAKEN, 1_000)
  assert.equal(health.unansweredMs(1_000), 0)
  health.look(false, 1_100)
  assert.equal(health.unansweredMs(9_000), 0)
})
