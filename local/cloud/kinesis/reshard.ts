/**
 * UpdateShardCount with uniform scaling: splits shards at the missing borders of an even division, then merges over
 * the borders that are too many. A record keeps its order, because consumers read parents before children.
 */
import { AwsError } from '../aws-error.ts'
import { pause } from '../pause.ts'
import { type DataStream, openShards, replaceShards } from './data-stream.ts'
import { evenRanges, holds } from './stream-shard.ts'

/** Time before each split or merge, so that callers see the stream updating. Kinesis takes about thirty seconds. */
const STEP_MS = 50

/** Calls of UpdateShardCount per stream and rolling 24 hours (Kinesis Data Streams quotas). */
const CALLS_PER_DAY = 10
const DAY_MICROSECONDS = 86_400_000_000

/**
 * Checks a call of UpdateShardCount against the limits of Kinesis, and counts it.
 * @param now market time, µs.
 * @throws AwsError when the stream is being updated, the target is out of range, or the calls of a day are used up.
 */
export function admitReshard(stream: DataStream, target: number, now: number): void {
  const { name } = stream
  const current = openShards(stream).length
  if (stream.isUpdating) throw new AwsError(400, 'ResourceInUseException', `Stream ${name} is being updated`)
  if (!(target >= Math.ceil(current / 2) && target <= current * 2)) {
    throw new AwsError(
      400,
      'InvalidArgumentException',
      `expected a TargetShardCount between half and double of ${current}, got ${target}`,
    )
  }
  const recent = stream.reshardCalls.filter(at => at > now - DAY_MICROSECONDS)
  if (recent.length >= CALLS_PER_DAY) {
    throw new AwsError(
      400,
      'LimitExceededException',
      `expected at most ${CALLS_PER_DAY} calls of UpdateShardCount for ${name} within 24 hours, got one more`,
    )
  }
  stream.reshardCalls = [...recent, now]
}

/** Changes the open shards step by step; the stream is updating meanwhile. An abort leaves it half way. */
export async function reshard(stream: DataStream, target: number, signal: AbortSignal): Promise<void> {
  const borders = new Set(evenRanges(target).map(({ firstKey }) => firstKey))
  stream.isUpdating = true
  try {
    do await pause(STEP_MS, signal)
    while (!signal.aborted && (splitNext(stream, borders) || mergeNext(stream, borders)))
  } finally {
    stream.isUpdating = false
  }
}

/** Splits one shard at a missing border. Returns false when no border is missing. */
function splitNext(stream: DataStream, borders: ReadonlySet<bigint>): boolean {
  for (const border of borders) {
    const shard = openShards(stream).find(candidate => holds(candidate, border))!
    if (shard.firstKey === border) continue
    const { firstKey, lastKey } = shard
    replaceShards(
      stream,
      [shard],
      [
        { firstKey, lastKey: border - 1n },
        { firstKey: border, lastKey },
      ],
    )
    return true
  }
  return false
}

/** Merges two neighbours over a border that is too many. Returns false when there is none. */
function mergeNext(stream: DataStream, borders: ReadonlySet<bigint>): boolean {
  const shards = openShards(stream)
  const second = shards.findIndex(({ firstKey }) => !borders.has(firstKey))
  if (second === -1) return false
  const lower = shards[second - 1]!
  const upper = shards[second]!
  replaceShards(stream, [lower, upper], [{ firstKey: lower.firstKey, lastKey: upper.lastKey }])
  return true
}
