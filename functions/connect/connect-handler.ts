/** Lambda: checks the access token and the parameters of a new WebSocket connection, and stores the connection. */
import type { APIGatewayProxyStructuredResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda'
import { readSettings } from '../../contract/settings.ts'
import { countAll, lambda, logger } from '../../lambda/lambda-function.ts'
import { type Encoding, SUBPROTOCOL } from '../../market/protocol.ts'
import { addConnection, type Paces, roomOf } from '../../tables/connections/connections-table.ts'
import { readKeptKeys, writeKeptKeys } from '../../tables/connections/kept-keys.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { CONNECT_SETTINGS } from './connect-settings.ts'
import { encodingOfConnect } from './encodings.ts'
import { pacesOfConnect } from './paces.ts'
import { offeredToken, Refusal, tokenVerifier } from './token.ts'

const settings = readSettings(CONNECT_SETTINGS)
const connections = { client: createDynamoDB(), table: settings.CONNECTIONS_TABLE }
const issuer = settings.TOKEN_ISSUER
const verify = tokenVerifier({
  issuer,
  audience: settings.TOKEN_AUDIENCE,
  scopes: settings.TOKEN_SCOPES,
  warn: (message, details) => logger.warn(message, details),
  kept: {
    read: () => readKeptKeys(connections, issuer),
    write: keys => writeKeptKeys(connections, issuer, keys),
  },
})

type ConnectEvent = APIGatewayProxyWebsocketEventV2 & {
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** The last value of each parameter. */
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>>
}

export const handler = lambda<ConnectEvent, APIGatewayProxyStructuredResultV2>(async event => {
  const { connectionId } = event.requestContext
  let paces: Paces
  let encoding: Encoding
  try {
    const claims = await verify(offeredToken(headerOf(event, 'sec-websocket-protocol')))
    const { pace, encoding: requested } = event.queryStringParameters ?? {}
    paces = pacesOfConnect({ claims, parameter: pace, fastest: settings.FASTEST_PACE_MS })
    encoding = encodingOfConnect(requested)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    logger.info('connection refused', { connectionId, reason: error.message })
    countAll({ ConnectionsRefused: 1 })
    return { statusCode: error.status, body: error.message }
  }
  const room = roomOf(connectionId, settings.ROOM_COUNT)
  await addConnection(connections, room, connectionId, paces, encoding)
  countAll({ ConnectionsMade: 1 })
  return { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': SUBPROTOCOL } }
})

/** Returns the value of a header. Header names have the case that the client used. */
function headerOf({ headers }: ConnectEvent, name: string): string | undefined {
  return Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1]
}
