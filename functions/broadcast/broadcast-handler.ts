/** Lambda: plays a round for each batch of the stream. */
import type { KinesisStreamBatchResponse, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda'
import { readSettings } from '../../contract/settings.ts'
import { clock, countAll, lambda, logger, measure } from '../../lambda/lambda-function.ts'
import { asEpochMillis } from '../../market/units.ts'
import { createPosts } from '../../posts/posts.ts'
import { pushRoom } from '../../posts/push.ts'
import { BROADCAST_SETTINGS } from './broadcast-settings.ts'
import { createPushFunction } from './push-function.ts'
import { readTail } from './read-tail.ts'
import { createRounds, type RoundResult, TABLE_TIME_MS } from './round.ts'
import { countsOf, errorsOf, lagOf, postTimesOf } from './round-metrics.ts'
import { createStreamClient } from './stream-client.ts'
import { createTableClient } from './table-client.ts'
import { deliverAgain, findUnknown, readableOf } from './unknown-version.ts'

/** Metrics of ten rounds take 9 KB of log if each round writes its own, and 1.7 KB together. */
const METRICS_EVERY_MS = 1_000

const settings = readSettings(BROADCAST_SETTINGS)
const client = createTableClient()
const stream = createStreamClient()
const connections = { client, table: settings.CONNECTIONS_TABLE }
const posts = createPosts(settings.WEBSOCKET_ENDPOINT)
const invokePush = createPushFunction(settings.PUSH_ROOM_FUNCTION)

const warn = (message: string, error: unknown): void => logger.warn(message, { error })

const rounds = createRounds({
  boards: { client, table: settings.BOARDS_TABLE },
  connections,
  roomCount: settings.ROOM_COUNT,
  clock,
  tableTime: TABLE_TIME_MS,
  postsPerSecond: settings.POSTS_PER_SECOND,
  environments: settings.SHARDS,
  publishesNews: settings.PUBLISH.allows('news', 'registered'),
  push: (push, alone) => (alone ? pushRoom(push, posts) : invokePush(push)),
  posts,
  warn,
})
let isPrepared = false

export const handler = lambda<KinesisStreamEvent, KinesisStreamBatchResponse>(
  async ({ Records }, context) => {
    const unknown = findUnknown(Records)
    const readable = Records.slice(0, unknown?.index)
    if (readable.length > 0) {
      const later = isPrepared ? [] : await prepare(readable)
      const data = readable.map(({ kinesis }) => kinesis.data)
      report(await rounds.play(unknown === undefined ? [...data, ...later] : data))
    }
    if (unknown === undefined) return { batchItemFailures: [] }
    return deliverAgain(unknown, context.getRemainingTimeInMillis())
  },
  METRICS_EVERY_MS,
)

/**
 * Takes what the stream had before the first batch of this environment.
 * @returns what the stream had after the batch, in base64.
 */
async function prepare(batch: readonly KinesisStreamRecord[]): Promise<string[]> {
  rounds.readAhead()
  const { before, after } = await readTail({ client: stream, stream: settings.STREAM_NAME, batch, warn })
  const batchAt = asEpochMillis(batch[0]!.kinesis.approximateArrivalTimestamp * 1000)
  rounds.prepare({ records: before, batchAt })
  isPrepared = true
  countAll({ RecordsReadBack: before.length })
  return readableOf(after.map(({ data }) => data))
}

function report(result: RoundResult): void {
  const { pushes, youngest } = result
  countAll(countsOf(result))
  const postTimes = postTimesOf(pushes)
  if (postTimes !== undefined) {
    measure('PostLatency', postTimes.mean)
    measure('SlowestPost', postTimes.slowest)
  }
  if (youngest !== undefined) measure('Lag', lagOf(youngest, clock.now()))
  countAll({ PaceStretch: result.stretch })
  for (const error of errorsOf(pushes)) logger.error('a post failed', { error })
}
