import { MetricUnit } from '@aws-lambda-powertools/metrics'
import type { KinesisStreamEvent } from 'aws-lambda'
import { clock, countAll, lambda, logger, metrics } from '../../lambda/lambda-function.ts'
import { name, readSettings, roomCount } from '../../lambda/settings.ts'
import { momentOf } from '../../market/moment.ts'
import { createPosts } from '../../posts/posts.ts'
import { pushRoom } from '../../posts/push.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { createPushFunction } from './push-function.ts'
import { createRooms } from './rooms.ts'
import { createRounds, type RoundResult } from './round.ts'

const settings = readSettings({
  BOARDS_TABLE: name,
  CONNECTIONS_TABLE: name,
  ROOM_COUNT: roomCount,
  PUSH_ROOM_FUNCTION: name,
  WEBSOCKET_ENDPOINT: name,
})
const client = createDynamoDB()
const connections = { client, table: settings.CONNECTIONS_TABLE }
const posts = createPosts(settings.WEBSOCKET_ENDPOINT)
const pushElsewhere = createPushFunction(settings.PUSH_ROOM_FUNCTION)

const playRound = createRounds({
  boards: { client, table: settings.BOARDS_TABLE },
  rooms: createRooms(connections, settings.ROOM_COUNT),
  clock,
  push: (push, alone) => (alone ? pushRoom(push, posts, connections) : pushElsewhere(push)),
  warn: (message, error) => logger.warn(message, { error }),
})

export const handler = lambda<KinesisStreamEvent, void>(async event => {
  report(await playRound(event.Records.map(({ kinesis }) => kinesis.data)))
})

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
    PostsFailed: sum(push => push.failed.length),
    ConnectionsGone: sum(push => push.gone.length),
  })
  if (posted > 0) {
    metrics.addMetric('PostLatency', MetricUnit.Milliseconds, sum(push => push.postMilliseconds) / posted)
    metrics.addMetric(
      'SlowestPost',
      MetricUnit.Milliseconds,
      Math.max(...pushes.map(push => push.slowestPost)),
    )
  }
  if (youngest !== undefined) {
    const lag = (clock.now() - momentOf(youngest.tradingDate, youngest.time)) / 1000
    metrics.addMetric('Lag', MetricUnit.Milliseconds, Math.max(0, lag))
  }
  const errors = new Set(pushes.flatMap(push => push.errors))
  for (const error of errors) logger.error('a post failed', { error })
}
