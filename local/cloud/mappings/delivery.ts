/**
 * Delivers one batch to the function: retries, checkpoint at the lowest failed record, bisection, record age, and the
 * failure destination.
 */
import { isThrottle } from '../aws-error.ts'
import type { FunctionTarget, InvokeResult } from '../functions/function.ts'
import type { StreamRecord } from '../kinesis/data-stream.ts'
import { pause } from '../pause.ts'
import { batchEvent, type FailureCondition, failureObject } from './batch-event.ts'
import type { MappingDefinition } from './mapping-definition.ts'

export interface DeliveryOptions {
  readonly mapping: MappingDefinition
  readonly target: FunctionTarget
  readonly roleArn: string
  readonly shardId: string
  /** Writes an object to the mapping's failure destination. */
  readonly putFailure: (key: string, body: string) => Promise<void>
  readonly signal: AbortSignal
  /** Ends the delivery after its current invocation. Default: `signal`, which does not wait for the invocation. */
  readonly stop?: AbortSignal
  readonly log: (text: string) => void
}

/**
 * Wait before a retry (ms). Lambda documents no back-off for a batch whose function has failed: it "retries until the records
 * expire, exceed the maximum age, or reach the configured retry quota" (Lambda developer guide, "Retain discarded batch
 * records for a Kinesis Data Streams event source"). So these retries do not wait longer each time.
 */
const RETRY_MS = 100
/** Longest wait for a function that refuses invocations (ms). The wait doubles with each refusal. */
const LONGEST_WAIT_MS = 10_000

/** The result of a batch: all records are done, or those from an index on failed. */
type Outcome = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly from: number }

/**
 * Resolves when every record was processed, sent to the failure destination, or dropped because there is none.
 * @returns the records that are left because the delivery was stopped.
 */
export async function deliver(
  records: readonly StreamRecord[],
  options: DeliveryOptions,
  earlierAttempts = 0,
): Promise<readonly StreamRecord[]> {
  const { mapping, signal, stop = signal } = options
  let rest = records
  let attempts = earlierAttempts
  let wait = RETRY_MS

  while (rest.length > 0 && !stop.aborted) {
    const young = rest.findIndex(record => !isTooOld(record, mapping.maximumAgeSeconds))
    if (young !== 0) {
      const old = young === -1 ? rest : rest.slice(0, young)
      await giveUp(old, options, { condition: 'RecordAgeExceeded', attempts, requestId: undefined })
      rest = young === -1 ? [] : rest.slice(young)
      continue
    }

    const result = await invoke(rest, options)
    // The function was ended with the cloud, so its result does not count.
    if (signal.aborted) return rest
    if (result === undefined) {
      // A refusal (throttling) is no attempt. Records that are refused for too long become too old.
      await pause(wait, stop)
      wait = Math.min(wait * 2, LONGEST_WAIT_MS)
      continue
    }
    wait = RETRY_MS
    const outcome = result.failed
      ? ({ kind: 'failed', from: 0 } as const)
      : readResponse(result.payload, rest, mapping.partialFailures)
    if (outcome.kind === 'done') return []
    if (outcome.from > 0) {
      // A new checkpoint: the records before it are done, and the rest is a new batch.
      rest = rest.slice(outcome.from)
      attempts = 0
    } else if (mapping.bisect && rest.length > 1) {
      // Splitting does not count as an attempt.
      const middle = Math.ceil(rest.length / 2)
      const left = await deliver(rest.slice(0, middle), options, attempts)
      rest = [...left, ...rest.slice(middle)]
      continue
    } else {
      attempts++
      if (mapping.retries >= 0 && attempts > mapping.retries) {
        const { requestId } = result
        await giveUp(rest, options, { condition: 'RetryAttemptsExhausted', attempts, requestId })
        return []
      }
    }
    await pause(RETRY_MS, stop)
  }
  return rest
}

/** Returns `undefined` when the invocation was refused. */
async function invoke(
  records: readonly StreamRecord[],
  { mapping, target, roleArn, shardId, log }: DeliveryOptions,
): Promise<InvokeResult | undefined> {
  try {
    return await target.invoke(batchEvent(mapping, roleArn, shardId, records))
  } catch (error) {
    if (!isThrottle(error)) log(`${mapping.logicalId}: ${String(error)}`)
    return undefined
  }
}

interface GivenUp {
  readonly condition: FailureCondition
  readonly attempts: number
  readonly requestId: string | undefined
}

/** Writes the records to the failure destination. An error there is logged only: it must not stop the shard. */
async function giveUp(
  records: readonly StreamRecord[],
  { mapping, target, roleArn, shardId, putFailure, log }: DeliveryOptions,
  { condition, attempts, requestId }: GivenUp,
): Promise<void> {
  const first = records[0]?.sequenceNumber
  log(`${mapping.logicalId}: ${condition}, ${records.length} records of ${shardId} from ${first}`)
  const { key, body } = failureObject({
    mapping,
    functionArn: target.definition.arn,
    shardId,
    records,
    condition,
    attempts,
    requestId,
    payload: batchEvent(mapping, roleArn, shardId, records),
  })
  await putFailure(key, body).catch(error => log(`${mapping.logicalId}: ${String(error)}`))
}

function isTooOld({ arrivedAt }: StreamRecord, maximumAgeSeconds: number): boolean {
  return maximumAgeSeconds >= 0 && (Date.now() - arrivedAt) / 1000 > maximumAgeSeconds
}

/**
 * Reads the function's response (Lambda, "Configuring partial batch response"): an empty or absent list is success,
 * the lowest sequence number counts, and an identifier outside the batch fails the whole batch.
 */
export function readResponse(
  payload: string,
  records: readonly StreamRecord[],
  partialFailures: boolean,
): Outcome {
  if (!partialFailures) return { kind: 'done' }
  const response: unknown = JSON.parse(payload)
  if (typeof response !== 'object' || response === null) return { kind: 'done' }
  const failures = (response as { batchItemFailures?: unknown }).batchItemFailures ?? []
  if (!Array.isArray(failures)) return { kind: 'failed', from: 0 }
  let from = Number.POSITIVE_INFINITY
  for (const failure of failures) {
    const identifier = (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier
    const index = records.findIndex(record => record.sequenceNumber === identifier)
    if (index === -1) return { kind: 'failed', from: 0 }
    from = Math.min(from, index)
  }
  return from === Number.POSITIVE_INFINITY ? { kind: 'done' } : { kind: 'failed', from }
}
