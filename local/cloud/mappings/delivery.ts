/**
 * Gives one batch to the function until it is done with: retries, the checkpoint at the lowest failed record,
 * bisection, age, and the destination of what stays bad.
 */
import type { InvokeResult, LocalFunction } from '../functions/function.ts'
import { pause } from '../pause.ts'
import type { KinesisRecord } from '../stores/kinesis.ts'
import type { MappingDefinition } from './definition.ts'
import { batchEvent, type FailureCondition, failureObject } from './event.ts'

export interface DeliveryOptions {
  readonly mapping: MappingDefinition
  readonly target: LocalFunction
  readonly roleArn: string
  readonly shardId: string
  /** Writes an object to the mapping's bucket. */
  readonly putFailure: (key: string, body: string) => Promise<void>
  readonly signal: AbortSignal
  readonly log: (text: string) => void
}

/** Wait before the first retry; it doubles up to the longest. Lambda backs off in a way it does not document. */
const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 10_000

/** How a batch ended: all of it, or from this record on. */
type Outcome = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly from: number }

/** Resolves when every record was processed, given to the destination, or dropped without one. */
export async function deliver(
  records: readonly KinesisRecord[],
  options: DeliveryOptions,
  earlierAttempts = 0,
): Promise<void> {
  const { mapping, target, roleArn, shardId, signal, log } = options
  let rest = records
  let attempts = earlierAttempts
  let wait = FIRST_RETRY_MS

  const giveUp = async (
    lost: readonly KinesisRecord[],
    condition: FailureCondition,
    requestId: string | undefined,
  ): Promise<void> => {
    const first = lost[0]?.SequenceNumber
    log(`${mapping.logicalId}: ${condition}, ${lost.length} records of ${shardId} from ${first}`)
    const payload = batchEvent(mapping, roleArn, shardId, lost)
    const functionArn = target.definition.arn
    const { key, body } = failureObject({
      mapping,
      functionArn,
      shardId,
      records: lost,
      condition,
      attempts,
      requestId,
      payload,
    })
    // The batch is given up in any case: a destination that fails must not stop the shard.
    await options.putFailure(key, body).catch(error => log(`${mapping.logicalId}: ${String(error)}`))
  }

  while (rest.length > 0 && !signal.aborted) {
    const young = rest.findIndex(record => !isTooOld(record, mapping.maximumAgeSeconds))
    if (young !== 0) {
      const old = young === -1 ? rest : rest.slice(0, young)
      await giveUp(old, 'RecordAgeExceeded', undefined)
      rest = young === -1 ? [] : rest.slice(young)
      continue
    }

    let result: InvokeResult
    try {
      result = await target.invoke(batchEvent(mapping, roleArn, shardId, rest))
    } catch (error) {
      // A refusal (throttling) is no attempt; records that are refused for too long grow too old.
      log(`${mapping.logicalId}: ${String(error)}`)
      await pause(wait, signal)
      wait = Math.min(wait * 2, LONGEST_RETRY_MS)
      continue
    }

    // The function was ended with the cloud: that says nothing of the batch.
    if (signal.aborted) return
    const outcome = result.failed
      ? ({ kind: 'failed', from: 0 } as const)
      : readResponse(result.payload, rest, mapping.partialFailures)
    if (outcome.kind === 'done') return
    if (outcome.from > 0) {
      // A new checkpoint: what comes before is done, what follows is a batch of its own.
      rest = rest.slice(outcome.from)
      attempts = 0
      wait = FIRST_RETRY_MS
    } else if (mapping.bisect && rest.length > 1) {
      // Splitting does not count as an attempt.
      const middle = Math.ceil(rest.length / 2)
      await deliver(rest.slice(0, middle), options, attempts)
      rest = rest.slice(middle)
      continue
    } else {
      attempts++
      if (mapping.retries >= 0 && attempts > mapping.retries) {
        await giveUp(rest, 'RetryAttemptsExhausted', result.requestId)
        return
      }
    }
    await pause(wait, signal)
    wait = Math.min(wait * 2, LONGEST_RETRY_MS)
  }
}

function isTooOld(record: KinesisRecord, maximumAgeSeconds: number): boolean {
  return maximumAgeSeconds >= 0 && Date.now() / 1000 - record.ApproximateArrivalTimestamp > maximumAgeSeconds
}

/**
 * What a function's answer says of the batch (Lambda, "Configuring partial batch response"): an empty or absent list
 * is success; the lowest sequence number counts; an identifier that is none of the batch fails all of it.
 */
export function readResponse(
  payload: string,
  records: readonly KinesisRecord[],
  partialFailures: boolean,
): Outcome {
  if (!partialFailures) return { kind: 'done' }
  const answer: unknown = JSON.parse(payload)
  if (typeof answer !== 'object' || answer === null) return { kind: 'done' }
  const failures = (answer as { batchItemFailures?: unknown }).batchItemFailures ?? []
  if (!Array.isArray(failures)) return { kind: 'failed', from: 0 }
  let from = Number.POSITIVE_INFINITY
  for (const failure of failures) {
    const identifier = (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier
    const index = records.findIndex(record => record.SequenceNumber === identifier)
    if (index === -1) return { kind: 'failed', from: 0 }
    from = Math.min(from, index)
  }
  return from === Number.POSITIVE_INFINITY ? { kind: 'done' } : { kind: 'failed', from }
}
