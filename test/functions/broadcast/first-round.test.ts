/** The first round of an environment of broadcast: its posts have everything that the stream has. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PutRecordCommand } from '@aws-sdk/client-kinesis'
import type { KinesisStreamEvent } from 'aws-lambda'
import { createStreamClient } from '../../../functions/broadcast/stream-client.ts'
import { addIssues } from '../../../functions/message/subscriptions.ts'
import { addConnection, roomOf } from '../../../tables/connections/connections-table.ts'
import { toNextVersion } from '../../next-release/next-envelope.ts'
import { createStream, startStreamEndpoint } from '../../other-aws/stream-endpoint.ts'
import { kinesisEvent, lambdaContext } from '../invoke.ts'
import { startGateway } from '../posts-gateway.ts'
import { ISSUES, openSender, sampleTicks } from '../stored-market.ts'
import { startTables, TABLES } from '../tables.ts'
import { updatesOf } from './broadcast-stage.ts'

const STREAM = 'ticks'
const ROOM_COUNT = 1
const APP = 'app'

test('the first posts have what came after the first batch, up to an envelope of a newer release', async t => {
  await using tables = await startTables()
  await using gateway = await startGateway()
  const kinesis = await startStreamEndpoint(true)
  t.after(() => kinesis.close())
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_KINESIS: kinesis.url,
    AWS_ACCESS_KEY_ID: kinesis.accessKeyId,
    ROOM_COUNT: String(ROOM_COUNT),
    WEBSOCKET_ENDPOINT: gateway.endpoint,
    PUSH_ROOM_FUNCTION: 'push-room',
    STREAM_NAME: STREAM,
    SHARDS: '1',
    POSTS_PER_SECOND: '10000',
  })
  const client = createStreamClient()
  t.after(() => client.destroy())
  await createStream(client, { StreamName: STREAM, ShardCount: 1 })
  /** Puts envelopes. Returns them as the records of a batch. */
  const put = async (envelopes: readonly Uint8Array[]): Promise<KinesisStreamEvent> => {
    const event = kinesisEvent(envelopes)
    for (const [index, Data] of envelopes.entries()) {
      const input = { StreamName: STREAM, PartitionKey: '1-0', Data }
      const { SequenceNumber, ShardId } = await client.send(new PutRecordCommand(input))
      const record = event.Records[index]!
      record.eventID = `${ShardId}:${SequenceNumber}`
      record.kinesis.sequenceNumber = SequenceNumber!
      record.kinesis.approximateArrivalTimestamp = Date.now() / 1000
    }
    return event
  }

  const ticks = sampleTicks(40)
  const { send } = openSender(1)
  const [before, batch, after, unread] = [0, 10, 20, 30].map(from => send(ticks.slice(from, from + 10)))
  await put(before!)
  const event = await put(batch!)
  await put(after!)
  await put(unread!.map(toNextVersion))

  const table = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
  await addConnection(table, roomOf(APP, ROOM_COUNT), APP)
  await addIssues(table, roomOf(APP, ROOM_COUNT), APP, ISSUES)
  const { handler } = await import('../../../functions/broadcast/broadcast-handler.ts')
  assert.deepEqual(await handler(event, lambdaContext), { batchItemFailures: [] })

  const updates = updatesOf(gateway.take(APP))
  for (const issue of ISSUES) {
    const last = ticks.slice(0, 30).findLast(tick => tick.board.issue === issue)
    const update = updates.find(each => ('board' in each ? each.board.issue : each.issue) === issue)
    assert.equal(
      update && ('board' in update ? update.board.sequence : update.sequence),
      last?.sequence,
      issue,
    )
  }
})
