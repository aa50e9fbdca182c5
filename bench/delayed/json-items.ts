/** The baseline of delayed reads: an item a tick, the board as the API shows it in JSON. */
import { QueryCommand } from '@aws-sdk/client-dynamodb'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { dateOf, momentFromIso, timeOfDay } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import { createDynamoDB, type Item } from '../../tables/dynamodb.ts'
import { KEY, LAST_SEQUENCE, packKey, packTime, TIME } from '../../tables/ticks/ticks-item.ts'
import { decodeRecord, encodeRecord, recordOf } from '../json-record.ts'

/** Environment variable with the table's name. */
export const JSON_TABLE = 'JSON_TABLE'

export function jsonItem(tick: Tick): Item {
  return {
    [KEY]: { S: packKey(tick.board.issue, tick.tradingDate) },
    [TIME]: { S: packTime(tick) },
    board: { B: encodeRecord(recordOf(tick)) },
  }
}

const client = createDynamoDB()

/** The item of an issue that is the latest at or before a moment (epoch µs). */
export function asOfQuery(table: string, issue: string, moment: number): QueryCommand {
  return new QueryCommand({
    TableName: table,
    KeyConditionExpression: '#key = :key AND #time <= :until',
    ExpressionAttributeNames: { '#key': KEY, '#time': TIME },
    ExpressionAttributeValues: {
      ':key': { S: packKey(issue, dateOf(moment)) },
      ':until': { S: packTime({ time: timeOfDay(moment), sequence: LAST_SEQUENCE }) },
    },
    Limit: 1,
    ScanIndexForward: false,
  })
}

/** The board of an issue as of a moment, with one Query as of packs, and no more around it than that needs. */
export async function handler({
  pathParameters,
  queryStringParameters,
}: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const moment = momentFromIso(queryStringParameters?.at ?? '') ?? 0
  const answer = await client.send(
    asOfQuery(process.env[JSON_TABLE] ?? '', pathParameters?.issue ?? '', moment),
  )
  const bytes = answer.Items?.[0]?.board?.B
  const board = bytes === undefined ? null : decodeRecord(Buffer.from(bytes))
  return { statusCode: 200, body: JSON.stringify({ board }) }
}
