/** Lambda: marks a WebSocket connection as gone when it has closed. */
import type { APIGatewayProxyStructuredResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda'
import { readSettings } from '../../contract/settings.ts'
import { countAll, lambda } from '../../lambda/lambda-function.ts'
import { markGone, roomOf } from '../../tables/connections/connections-table.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { DISCONNECT_SETTINGS } from './disconnect-settings.ts'

const settings = readSettings(DISCONNECT_SETTINGS)
const connections = { client: createDynamoDB(), table: settings.CONNECTIONS_TABLE }

export const handler = lambda<APIGatewayProxyWebsocketEventV2, APIGatewayProxyStructuredResultV2>(
  async ({ requestContext: { connectionId } }) => {
    await markGone(connections, roomOf(connectionId, settings.ROOM_COUNT), connectionId)
    countAll({ ConnectionsEnded: 1 })
    return { statusCode: 200 }
  },
)
