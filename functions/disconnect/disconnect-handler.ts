/** Lambda: marks a WebSocket connection as gone when it has closed. */
import type { APIGatewayProxyStructuredResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda'
import { readSettings } from '../../contract/settings.ts'
import { countAll, lambda, logger } from '../../lambda/lambda-function.ts'
import { nowMillis } from '../../market/units.ts'
import { endOf } from '../../tables/connections/connection-end.ts'
import { markGone, roomOf } from '../../tables/connections/connections-table.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { DISCONNECT_SETTINGS } from './disconnect-settings.ts'

const settings = readSettings(DISCONNECT_SETTINGS)
const connections = { client: createDynamoDB(), table: settings.CONNECTIONS_TABLE }

export const handler = lambda<APIGatewayProxyWebsocketEventV2, APIGatewayProxyStructuredResultV2>(
  async ({ requestContext: { connectionId, connectedAt } }) => {
    const item = await markGone(connections, roomOf(connectionId, settings.ROOM_COUNT), connectionId)
    const seconds = Math.round((nowMillis() - connectedAt) / 1000)
    // The table may have no item: it deletes old ones.
    const { user, scopes, client } = item ?? {}
    const ended = item && endOf(item, nowMillis())
    logger.info('disconnected', { connectionId, user, scopes, client, seconds, ended })
    countAll({ ConnectionsEnded: 1 })
    return { statusCode: 200 }
  },
)
