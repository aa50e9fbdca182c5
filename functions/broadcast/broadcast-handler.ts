/** Lambda: plays a round for each batch of the stream. */
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda'
import { readSettings } from '../../contract/settings.ts'
import { clock, countAll, lambda, logger, measure } from '../../lambda/lambda-function.ts'
import { momentOf } from '../../market/moment.ts'
import { createPosts } from '../../posts/posts.ts'
import { pushRoom } from '../../posts/push.ts'
import { BROADCAST_SETTINGS } from './broadcast-settings.ts'
import { createPushFunction } from './push-function.ts'
import { createRounds, type RoundResult, TABLE_TIME_MS } from './round.ts'
import { createTableClient } from './table-client.ts'
import { deliverAgain, findUnknown } from './unknown-version.ts'

const settings = readSettings(BROADCAST_SETTINGS)
const client = createTableClient()
const connections = { client, table: settings.CONNECTIONS_TABLE }
const posts = createPosts(settings.WEBSOCKET_ENDPOINT)
const invokePush = createPushFunction(settings.PUSH_ROOM_FUNCTION)

const playRound = createRounds({
  boards: { client, table: settings.BOARDS_TABLE },
  connections,
  roomCount: settings.ROOM_COUNT,
  clock,
  tableTime: TABLE_TIME_MS,
  push: (push, alone) => (alone ? pushRoom(push, posts) : invokePush(push)),
  warn: (message, error) => logger.warn(message, { error }),
})

export const handler = lambda<KinesisStreamEvent, KinesisStreamBatchResponse>(
  async ({ Records }, context) => {
    const unknown = findUnknown(Records)
    const readable = Records.slice(0, unknown?.index)
    if (readable.length > 0) report(await playRound(readable.map(({ kinesis }) => kinesis.data)))
    if (unknown === undefined) return { batchItemFailures: [] }
    return deliverAgain(unknown, context.getRemainingTimeInMillis())
  },
)

function report({ ticks, updates, badEnvelopes, boardsDue, pushes, youngest }: RoundResult): void {
  const sum = (count: (push: RoundResult['pushes'][number]) => number): number =>
    pushes.reduce((total, push) => total + count(push), 0)
  const posted = sum(push => push.posts)
  countAll({
    TicksBroadcast: ticks,
    Updates: updates,
    BadEnvelopes: badEnvelopes,
    BoardsDue: boardsDue,
    Posts: posted,
    PostsFailed: sum(push => push.failed.length + push.throttled.length),
    ConnectionsGone: sum(push => push.gone.length),
  })
  if (posted > 0) {
    measure('PostLatency', sum(push => push.postMilliseconds) / posted)
    measure('SlowestPost', Math.max(...pushes.map(push => push.slowestPost)))
  }
  if (youngest !== undefined) {
    const lag = (clock.now() - momentOf(youngest.tradingDate, youngest.time)) / 1000
    measure('Lag', Math.max(0, lag))
  }
  const errors = new Set(pushes.flatMap(push => push.errors))
  for (const error of errors) logger.error('a post failed', { error })
}
