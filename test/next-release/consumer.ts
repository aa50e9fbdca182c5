/** A function that a mapping of the stream invokes while a deployment replaces its code. */
import { deliver } from '@itastream/local-cloud/batch-delivery'
import type { StreamRecord } from '@itastream/local-cloud/data-stream'
import type { FunctionDefinition, FunctionTarget } from '@itastream/local-cloud/function'
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda'
import { laneName } from '../../market/lane.ts'
import { nowMillis } from '../../market/units.ts'
import { lambdaContext } from '../functions/invoke.ts'
import type { Bundles, Release } from './bundle-release.ts'
import { decodeHeader } from './next-envelope.ts'

type ConsumerName = 'store-ticks' | 'broadcast'
type Handler = (event: KinesisStreamEvent, context: Context) => Promise<KinesisStreamBatchResponse>

/** Retries and record age of each mapping, as in cdk/. test/cdk checks them there. */
const MAPPINGS = {
  'store-ticks': { bisect: true, retries: 20, maximumAgeSeconds: 7_200 },
  broadcast: { bisect: false, retries: 10, maximumAgeSeconds: 60 },
} as const

/** A short time, so that the wait in front of an unknown version is short (ms). */
const REMAINING_MS = 2_200

const context: Context = { ...lambdaContext, getRemainingTimeInMillis: () => REMAINING_MS }

export interface Consumer {
  /** Invocations that ended with an error or with a part of the batch. */
  readonly refused: number
  /** Records that the mapping gave up. */
  readonly givenUp: number
  /** Replaces the code by a new environment of a release. */
  become(release: Release): Promise<void>
  /** Replaces the code after so many further refused invocations. */
  becomeAfter(refusals: number, release: Release): void
  /** Delivers batches one after the other, as the mapping does, until each is processed or given up. */
  deliver(batches: readonly (readonly StreamRecord[])[]): Promise<void>
}

export async function openConsumer(
  bundles: Bundles,
  name: ConsumerName,
  release: Release,
): Promise<Consumer> {
  const start = async (of: Release): Promise<Handler> =>
    (await bundles.start<{ handler: Handler }>(of, name)).handler
  let handler = await start(release)
  let refused = 0
  let givenUp = 0
  let next: { at: number; release: Release } | undefined

  const invoke: FunctionTarget['invoke'] = async payload => {
    if (next !== undefined && refused >= next.at) {
      handler = await start(next.release)
      next = undefined
    }
    try {
      const answer = await handler(JSON.parse(payload) as KinesisStreamEvent, context)
      if (answer.batchItemFailures.length > 0) refused++
      return { requestId: 'test', payload: JSON.stringify(answer), failed: false }
    } catch (error) {
      refused++
      return { requestId: 'test', payload: JSON.stringify({ errorMessage: String(error) }), failed: true }
    }
  }
  const target: FunctionTarget = { definition: definitionOf(name), invoke }
  return {
    get refused() {
      return refused
    },
    get givenUp() {
      return givenUp
    },
    async become(of) {
      handler = await start(of)
    },
    becomeAfter(refusals, of) {
      next = { at: refused + refusals, release: of }
    },
    async deliver(batches) {
      const { signal } = new AbortController()
      const putFailure = async (_: string, body: string): Promise<void> => {
        givenUp += (JSON.parse((JSON.parse(body) as { payload: string }).payload) as KinesisStreamEvent)
          .Records.length
      }
      const options = { mapping: mappingOf(name), target, roleArn: 'test', shardId: 'shardId-000000000000' }
      for (const batch of batches) await deliver(batch, { ...options, putFailure, signal, log: () => {} })
    },
  }
}

/** Returns the records of envelopes, in the order of the stream. */
export function recordsOf(envelopes: readonly Uint8Array[]): StreamRecord[] {
  return envelopes.map((bytes, index) => {
    const { line, lane } = decodeHeader(bytes).header
    return {
      partitionKey: laneName(line, lane),
      data: Buffer.from(bytes),
      arrivedAt: nowMillis(),
      sequenceNumber: String(index + 1),
    }
  })
}

function mappingOf(name: ConsumerName): Parameters<typeof deliver>[1]['mapping'] {
  const streamArn = 'arn:aws:kinesis:ap-northeast-1:000000000000:stream/ticks'
  return {
    logicalId: name,
    uuid: '4f2ac1f0-1c1f-4c2e-9a0f-7b1f4d6f0001',
    functionName: name,
    sourceArn: streamArn,
    streamName: 'ticks',
    streamArn,
    fanOut: name === 'broadcast',
    start: 'TRIM_HORIZON',
    startTimestamp: undefined,
    batchSize: 10_000,
    windowSeconds: 0,
    parallelization: 1,
    partialFailures: true,
    failureBucket: undefined,
    ...MAPPINGS[name],
  }
}

/** Returns what the mapping reads of the definition of a function. */
function definitionOf(name: ConsumerName): FunctionDefinition {
  return {
    logicalId: name,
    name,
    arn: `arn:aws:lambda:ap-northeast-1:000000000000:function:${name}`,
    folder: '',
    handler: 'index.handler',
    memoryMegabytes: 128,
    timeoutSeconds: 30,
    variables: {},
    reservedConcurrency: undefined,
    log: () => {},
    sourceMaps: false,
  }
}
