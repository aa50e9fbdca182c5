/** Scenario: three tasks start at once at the opening, while a consumer polls their shard. No trade may be lost. */
import { setTimeout as sleep } from 'node:timers/promises'
import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient } from '@aws-sdk/client-kinesis'
import { RECOVERY_TIME_LIMIT, readPublished } from '../../../ingest-task/publish/recover.ts'
import type { Tick } from '../../../market/tick.ts'
import { STREAM } from '../../ingest-task/ingest-stream.ts'
import { LANES, LINES, type Opening, openOpening } from '../../ingest-task/publish/opening-stream.ts'
import type { Outcome, Scenario } from './scenario.ts'

/** Bytes that a shard returns a second to all its readers. */
const READ_RATE = 2 * 1024 * 1024
/** Longest time in which a shard may return what the tasks and the consumer read, seconds. Refused reads take time too. */
const MAX_SECONDS = (RECOVERY_TIME_LIMIT / 1000) * 0.7
/** How far the consumer is behind at the start, and its time between two reads, ms. */
const BEHIND = 5_000
const POLL = 250

export const recoveryAtTheOpening: Scenario = {
  name: 'recovery-at-the-opening',
  fault: 'three tasks start at once at 1 MB a second, within the read limit of one shard',
  run: runOpening,
}

async function runOpening(seed: number): Promise<Outcome> {
  const opening = await openOpening(seed, 1000 * seed)
  try {
    const consumer = pollFrom(opening.client, Date.now() - BEHIND - 1000 * seed)
    const results = await Promise.all(LINES.map(line => recoverLine(opening, line)))
    const isCaughtUp = await consumer
    if (opening.refused() === 0) throw new Error('expected reads above the limit of the shard, got none')
    const seconds = opening.bytesRead() / READ_RATE
    const count = (what: string): number => results.filter(result => result === what).length
    return {
      wrong: count('wrong'),
      lost: count('lost'),
      starved: (isCaughtUp ? 0 : 1) + (seconds > MAX_SECONDS ? 1 : 0),
      measured: `${seconds.toFixed(1)} s of reads, ${opening.refused()} refused`,
    }
  } finally {
    await opening.close()
  }
}

/** Returns `lost` if the task would start from a snapshot, whose issues have lost trades. */
async function recoverLine(opening: Opening, line: number): Promise<'right' | 'wrong' | 'lost'> {
  const published = await readPublished({
    client: opening.client,
    streamName: STREAM,
    line,
    lanes: LANES,
    warn() {},
  })
  if (published === undefined) return 'lost'
  const truth = opening.published.get(line)!
  const isRight =
    published.position === truth.position && contentOf(published.boards) === contentOf(truth.boards)
  return isRight ? 'right' : 'wrong'
}

function contentOf(boards: readonly Tick[]): string {
  const rows = boards.map(({ sequence, board }) => [sequence, board.issue, ...board.values])
  return JSON.stringify(rows.sort((a, b) => Number(a[0]) - Number(b[0])))
}

/** Reads a shard as a polling function does. Returns whether it has come to the end. */
async function pollFrom(client: KinesisClient, since: number): Promise<boolean> {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({
      StreamName: STREAM,
      ShardId: 'shardId-000000000000',
      ShardIteratorType: 'AT_TIMESTAMP',
      Timestamp: new Date(since),
    }),
  )
  const giveUpAt = Date.now() + 60_000
  for (let iterator = ShardIterator; iterator !== undefined && Date.now() < giveUpAt; ) {
    await sleep(POLL)
    try {
      const answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator }))
      if (answer.MillisBehindLatest === 0) return true
      iterator = answer.NextShardIterator
    } catch {
      // The shard is at its limit: the next poll tries again.
    }
  }
  return false
}
