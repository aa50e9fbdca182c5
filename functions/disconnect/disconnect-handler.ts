import type { APIGatewayProxyStructuredResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda'
import { countAll, lambda } from '../../lambda/lambda-function.ts'
import { name, readSettings, roomCount } from '../../lambda/settings.ts'
import { markGone, roomOf } from '../../tables/connections/connections-table.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'

const settings = readSettings({ CONNECTIONS_TABLE: name, ROOM_COUNT: roomCount })
const connections = { client: createDynamoDB(), table: settings.CONNECTIONS_TABLE }

export const handler = lambda<APIGatewayProxyWebsocketEventV2, APIGatewayProxyStructuredResultV2>(
  async ({ requestContext: { connectionId } }) => {
    await markGone(connections, roomOf(connectionId, settings.ROOM_COUNT), connectionId)
    countAll({ ConnectionsEnded: 1 })
    return { statusCode: 200 }
  },
)
