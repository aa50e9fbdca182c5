/** The waits between two invocations with the same batch. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { AwsError } from '../../../local/cloud/aws-error.ts'
import { deliver } from '../../../local/cloud/mappings/delivery.ts'
import { MAPPING, READER } from './mapping-fixture.ts'

type Answer = 'done' | 'failed' | 'refused'

/** Delivers one record to a function that gives these answers. Returns the time before each invocation (ms). */
async function waitsOf(t: TestContext, answers: readonly Answer[]): Promise<number[]> {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  const waits: number[] = []
  let last = Date.now()
  const record = { sequenceNumber: '1', partitionKey: 'k', data: Buffer.alloc(0), arrivedAt: 0 }
  let isDone = false
  const delivery = deliver([record], {
    mapping: { ...MAPPING, retries: -1 },
    target: {
      definition: READER,
      async invoke() {
        const answer = answers[waits.length]
        waits.push(Date.now() - last)
        last = Date.now()
        if (answer === 'refused') throw new AwsError(429, 'TooManyRequestsException', 'Rate Exceeded.')
        return { requestId: '', payload: 'null', failed: answer === 'failed' }
      },
    },
    roleArn: '',
    shardId: '',
    putFailure: () => assert.fail('expected no batch that is given up'),
    signal: new AbortController().signal,
    log() {},
  }).then(() => {
    isDone = true
  })
  for (let limit = 60_000; !isDone && limit > 0; limit -= 10) {
    await turn()
    t.mock.timers.tick(10)
  }
  await delivery
  return waits
}

test('a failed batch is retried after a tenth of a second, however often it has failed', async t => {
  assert.deepEqual(
    await waitsOf(t, ['failed', 'failed', 'failed', 'failed', 'done']),
    [0, 100, 100, 100, 100],
  )
})

test('a refused invocation is tried again after a wait that doubles until it is accepted', async t => {
  const answers = ['refused', 'refused', 'refused', 'failed', 'refused', 'refused', 'done'] as const
  assert.deepEqual(await waitsOf(t, answers), [0, 100, 200, 400, 100, 100, 200])
})
