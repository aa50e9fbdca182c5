/** Lambda: checks the access token and the parameters of a new WebSocket connection, and stores the connection. */
import type { APIGatewayProxyStructuredResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda'
import { readSettings } from '../../contract/settings.ts'
import { createEdgeCheck } from '../../lambda/edge-check.ts'
import { countAll, lambda, logger } from '../../lambda/lambda-function.ts'
import { SUBPROTOCOL } from '../../market/protocol.ts'
import { asEpochMillis } from '../../market/units.ts'
import { createAdmission } from '../../sign-in/admission.ts'
import { Refusal } from '../../sign-in/refusal.ts'
import type { TokenHolder } from '../../sign-in/token-holder.ts'
import {
  addConnection,
  type ConnectionStart,
  openConnections,
  roomOf,
} from '../../tables/connections/connections-table.ts'
import { keptKeysIn } from '../../tables/connections/kept-keys.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { createAccessRecorder } from '../../tables/users/access-recorder.ts'
import { addUserConnection, type ConnectionLimit } from '../../tables/users/connection-places.ts'
import { readCut } from '../../tables/users/user-cut.ts'
import { addressesOf } from './app-address.ts'
import { clientOfConnect } from './client-version.ts'
import { CONNECT_SETTINGS } from './connect-settings.ts'
import { encodingOfConnect } from './encodings.ts'
import { offeredToken } from './offered-token.ts'
import { pacesOfConnect } from './paces.ts'

const settings = readSettings(CONNECT_SETTINGS)
const isThroughEdge = createEdgeCheck({
  secret: settings.EDGE_SECRET,
  warn: (message, details) => logger.warn(message, details),
})
const client = createDynamoDB()
const connections = { client, table: settings.CONNECTIONS_TABLE }
const users = { client, table: settings.USERS_TABLE }
const limit: ConnectionLimit = {
  most: settings.CONNECTIONS_A_USER,
  openOf: ids => openConnections(connections, ids, settings.ROOM_COUNT),
}
const issuer = settings.TOKEN_ISSUER
const admit = createAdmission({
  issuer,
  audience: settings.TOKEN_AUDIENCE,
  scopes: settings.TOKEN_SCOPES,
  warn: (message, details) => logger.warn(message, details),
  kept: keptKeysIn(connections, issuer),
  cutOf: user => readCut(users, user),
})
const recorder = createAccessRecorder({
  users,
  by: 'stream',
  warn: (message, details) => logger.error(message, details),
})

type ConnectEvent = APIGatewayProxyWebsocketEventV2 & {
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** The last value of each parameter. */
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>>
}

export const handler = lambda<ConnectEvent, APIGatewayProxyStructuredResultV2>(async event => {
  const { connectionId } = event.requestContext
  const from = settings.LOG_ADDRESSES === 'on' ? addressesOf(headerOf(event, 'x-forwarded-for')) : undefined
  let holder: TokenHolder | undefined
  let start: ConnectionStart
  const room = roomOf(connectionId, settings.ROOM_COUNT)
  try {
    if (!(await isThroughEdge(event.headers ?? {})))
      throw new Refusal(403, 'direct-request', 'expected a connection to the public address of the service')
    holder = await admit(offeredToken(headerOf(event, 'sec-websocket-protocol')))
    start = startOf(event, holder)
    if (!(await addUserConnection(users, holder.user, connectionId, limit))) {
      const message = `expected at most ${limit.most} open connections of the user, got one more`
      throw new Refusal(429, 'too-many-connections', message)
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { code, message } = error
    logger.info('connection refused', { connectionId, user: holder?.user, from, code, reason: message })
    countAll({ ConnectionsRefused: 1 })
    return { statusCode: error.status, body: JSON.stringify(error.parts) }
  }
  recorder.note(holder.user)
  await addConnection(connections, room, connectionId, start)
  const { user, scopes, client } = start
  logger.info('connected', { connectionId, user, scopes, client, from })
  const unrecorded = await recorder.settled()
  countAll({ ConnectionsMade: 1, ...(unrecorded.length > 0 ? { AccessUnrecorded: unrecorded.length } : {}) })
  return { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': SUBPROTOCOL } }
})

/** Returns what the connection starts with. @throws Refusal if a parameter or a claim has a wrong value. */
function startOf(
  { requestContext, queryStringParameters }: ConnectEvent,
  { user, expires, scopes, claims }: TokenHolder,
): ConnectionStart {
  const { pace, encoding, client } = queryStringParameters ?? {}
  return {
    ...pacesOfConnect({ claims, parameter: pace, fastest: settings.FASTEST_PACE_MS }),
    encoding: encodingOfConnect(encoding),
    user,
    tokenExpires: expires,
    ...(scopes.length === 0 ? {} : { scopes }),
    connectedAt: asEpochMillis(requestContext.connectedAt),
    client: clientOfConnect(client),
  }
}

/** Returns the value of a header. Header names have the case that the client used. */
function headerOf({ headers }: ConnectEvent, name: string): string | undefined {
  return Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1]
}
