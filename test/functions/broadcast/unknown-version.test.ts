import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  deliverAgain,
  findUnknown,
  type UnknownRecord,
  waitWithin,
} from '../../../functions/broadcast/unknown-version.ts'
import { toNextVersion } from '../../next-release/next-envelope.ts'
import { kinesisEvent } from '../invoke.ts'
import { envelopesOf, sampleTicks } from '../stored-market.ts'

const [ENVELOPE] = envelopesOf([sampleTicks(1)]) as [Uint8Array]
const NEWER = toNextVersion(ENVELOPE)

/** Returns the first unknown record of a batch. */
function unknownIn(...envelopes: Uint8Array[]): UnknownRecord | undefined {
  return findUnknown(kinesisEvent(envelopes).Records)
}

test('the first record of a newer release is found with its place; damaged records are not of a newer release', () => {
  assert.equal(unknownIn(ENVELOPE, Uint8Array.of(1, 2, 3)), undefined)
  const found = unknownIn(ENVELOPE, ENVELOPE, NEWER, NEWER)
  assert.deepEqual([found?.index, found?.sequenceNumber, found?.error.name], [2, '2', 'UnknownVersionError'])
})

test('the records from an unknown one on are delivered again, at once if records before it were processed', async () => {
  assert.deepEqual(await deliverAgain(unknownIn(ENVELOPE, NEWER)!, 60_000), {
    batchItemFailures: [{ itemIdentifier: '1' }],
  })
})

test('an unknown record at the front is an error', async () => {
  const unknown = unknownIn(NEWER)!
  await assert.rejects(deliverAgain(unknown, 1_000), unknown.error)
})

test('the wait takes five seconds, or less if the invocation ends within six', () => {
  const waits = [60_000, 6_000, 5_999, 1_001, 1_000, 999, 0].map(waitWithin)
  assert.deepEqual(waits, [5_000, 5_000, 4_999, 1, 0, 0, 0])
})
