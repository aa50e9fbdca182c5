/** One shard with its write limit, in virtual time, behind a real client of the SDK. */
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { createWriteBudget } from '@itastream/local-cloud/write-budget'
import { createRandom } from '../../local/exchange/random.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Time of a put, ms: half of it to the shard, half of it back. Kinesis answers within a region in some 10 to 20 ms. */
const SHORTEST_PUT_MS = 10
const LONGEST_PUT_MS = 20
const SEED = 1

export interface FullShard {
  readonly client: KinesisClient
  /** Records that the shard has refused. */
  refused(): number
}

interface PutRecords {
  readonly Records: readonly { readonly Data: string; readonly PartitionKey: string }[]
}

/**
 * Opens the shard.
 * @param isAway returns whether it refuses everything at a time, ms.
 * @param accepted receives each record that it takes.
 */
export function openFullShard(
  time: VirtualTime,
  isAway: (now: number) => boolean,
  accepted: (envelope: Uint8Array) => void,
): FullShard {
  const random = createRandom(SEED)
  const budget = createWriteBudget({ now: () => time.now() * 1000, realMillisecondsUntil: () => 0 })
  let [refused, sequence] = [0, 0]
  const put = ({ Data, PartitionKey }: PutRecords['Records'][number]): object => {
    const envelope = Buffer.from(Data, 'base64')
    if (isAway(time.now()) || !budget.take(envelope.length + PartitionKey.length)) {
      refused++
      return { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'Rate exceeded' }
    }
    accepted(envelope)
    return { SequenceNumber: String(++sequence), ShardId: 'shardId-000000000000' }
  }
  const pass = (milliseconds: number): Promise<void> =>
    new Promise(resolve => setTimeout(resolve, milliseconds))
  const client = new KinesisClient({
    region: 'ap-northeast-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    maxAttempts: 1,
    requestHandler: {
      async handle({ body }: { readonly body: Uint8Array }) {
        const half = (SHORTEST_PUT_MS + random() * (LONGEST_PUT_MS - SHORTEST_PUT_MS)) / 2
        await pass(half)
        const answer = {
          Records: (JSON.parse(new TextDecoder().decode(body)) as PutRecords).Records.map(put),
        }
        await pass(half)
        const headers = { 'content-type': 'application/x-amz-json-1.1' }
        return { response: { statusCode: 200, headers, body: Buffer.from(JSON.stringify(answer)) } }
      },
    },
  })
  return { client, refused: () => refused }
}
