import type { APIGatewayProxyStructuredResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda'
import { markGone, roomOf } from '../shared/connections.ts'
import { createDynamoDB } from '../shared/dynamodb.ts'
import { countAll, lambda } from '../shared/lambda.ts'
import { name, readSettings, roomCount } from '../shared/settings.ts'

const settings = readSettings({ CONNECTIONS_TABLE: name, ROOM_COUNT: roomCount })
const connections = { client: createDynamoDB(), table: settings.CONNECTIONS_TABLE }

export const handler = lambda<APIGatewayProxyWebsocketEventV2, APIGatewayProxyStructuredResultV2>(
  async ({ requestContext: { connectionId } }) => {
    await markGone(connections, roomOf(connectionId, settings.ROOM_COUNT), connectionId)
    countAll({ ConnectionsEnded: 1 })
    return { statusCode: 200 }
  },
)
