import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import { hasTicksOf } from '../../functions/close-of-day/day-issues.ts'
import { UnknownVersionError } from '../../market/codec/sealed-bytes.ts'
import { momentOf } from '../../market/moment.ts'
import { encodeGroup } from '../../tables/boards/board-groups.ts'
import { boardGroupId } from '../../tables/boards/board-items.ts'
import { consumerNew } from '../drills/faults/consumer-new-scenario.ts'
import { nextVersionFirst } from '../drills/faults/next-version-first-scenario.ts'
import { getRequest, lambdaContext } from '../functions/invoke.ts'
import { stateStored } from '../functions/stored-lanes.ts'
import { envelopesOf, MORNING, sampleTicks, TRADING_DATE } from '../functions/stored-market.ts'
import { TABLES } from '../functions/tables.ts'
import type { Release } from './bundle-release.ts'
import { recordsOf } from './consumer.ts'
import { openDeployment } from './deployment.ts'
import { toNextVersion } from './next-envelope.ts'

const HOUR_MS = 3_600_000

interface PriceApi {
  handler(event: APIGatewayProxyEventV2, context: Context): Promise<APIGatewayProxyStructuredResultV2>
}

suite('a release and the next one, with other versions of envelope and pack', () => {
  for (const { name, fault, run } of [nextVersionFirst, consumerNew]) {
    test(`lose nothing (${name}): ${fault}`, async () => {
      const { wrong, lost, measured } = await run(4)
      assert.deepEqual({ wrong, lost }, { wrong: 0, lost: 0 }, measured)
    })
  }

  test('the price API answers an error for packs that it cannot read, and their ticks when it can', async () => {
    await using deployment = await openDeployment()
    const { store, bundles } = deployment
    const ticks = sampleTicks(40)
    await store.become('next')
    await store.deliver([recordsOf(envelopesOf([ticks]))])
    const { client } = deployment.tables
    await stateStored({ client, table: TABLES.TICKS_TABLE }, TRADING_DATE)
    // 11:00 of the trading date, almost standing still.
    process.env.MARKET_CLOCK = `${Date.now()}:${momentOf(TRADING_DATE, MORNING) / 1000 + 2 * HOUR_MS}:0.001`
    const ask = async (release: Release) => {
      const { handler } = await bundles.start<PriceApi>(release, 'delayed-prices')
      return handler(getRequest('/v1/ticks/7203'), lambdaContext)
    }
    const refused = await ask('current')
    assert.deepEqual([refused.statusCode, refused.headers?.['cache-control']], [500, 'no-store'])
    const { statusCode, body } = await ask('next')
    const of7203 = ticks.filter(({ board }) => board.issue === '7203').map(({ sequence }) => sequence)
    const page = JSON.parse(body ?? '') as { ticks: { sequence: number }[] }
    assert.deepEqual([statusCode, page.ticks.map(({ sequence }) => sequence)], [200, of7203])
  })

  test('close-of-day does not take a day for empty if it cannot read the boards', async () => {
    await using deployment = await openDeployment()
    const { client } = deployment.tables
    const [envelope] = encodeGroup(sampleTicks(1))
    const Item = { id: boardGroupId(0), version: 1, boards: [toNextVersion(envelope!)] }
    await client.send(new PutCommand({ TableName: TABLES.BOARDS_TABLE, Item }))
    const boards = { client, table: TABLES.BOARDS_TABLE }
    await assert.rejects(hasTicksOf(boards, TRADING_DATE), UnknownVersionError)
  })
})
