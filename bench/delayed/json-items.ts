/** The baseline of delayed reads: one item a tick, with the board in the API's JSON. */
import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { dateOf, momentFromIso, timeOfDay } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import { asEpochMicros, type EpochMicros } from '../../market/units.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { LAST_SEQUENCE, packKey, packTime, type TicksItem } from '../../tables/ticks/ticks-item.ts'
import { TICKS_KEYS } from '../../tables/ticks/ticks-keys.ts'
import { decodeRecord, encodeRecord, recordOf } from '../json-record.ts'

/** Environment variable with the name of the table. */
export const JSON_TABLE = 'JSON_TABLE'

/** An item with one tick. */
interface JsonItem extends Omit<TicksItem, 'expires'> {
  /** JSON. */
  readonly board: Uint8Array
}

export function jsonItem(tick: Tick): JsonItem {
  return {
    key: packKey(tick.board.issue, tick.tradingDate),
    time: packTime(tick),
    board: encodeRecord(recordOf(tick)),
  }
}

const client = createDynamoDB()

/** Returns the Query for the latest item of an issue at or before a moment (epoch µs). */
export function asOfQuery(table: string, issue: string, moment: EpochMicros): QueryCommand {
  return new QueryCommand({
    TableName: table,
    KeyConditionExpression: '#key = :key AND #time <= :until',
    ExpressionAttributeNames: { '#key': TICKS_KEYS.partition, '#time': TICKS_KEYS.sort },
    ExpressionAttributeValues: {
      ':key': packKey(issue, dateOf(moment)),
      ':until': packTime({ time: timeOfDay(moment), sequence: LAST_SEQUENCE }),
    },
    Limit: 1,
    ScanIndexForward: false,
  })
}

/** Answers with the board of an issue at a moment, with one Query as for packs and a minimum of other code. */
export async function handler({
  pathParameters,
  queryStringParameters,
}: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const moment = momentFromIso(queryStringParameters?.at ?? '') ?? asEpochMicros(0)
  const answer = await client.send(
    asOfQuery(process.env[JSON_TABLE] ?? '', pathParameters?.issue ?? '', moment),
  )
  const item = answer.Items?.[0] as JsonItem | undefined
  const board = item === undefined ? null : decodeRecord(Buffer.from(item.board))
  return { statusCode: 200, body: JSON.stringify({ board }) }
}
