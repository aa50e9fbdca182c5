/** Lambda: answers the messages that apps send over the WebSocket. */
import type { APIGatewayProxyStructuredResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda'
import { readSettings } from '../../contract/settings.ts'
import { clock, countAll, lambda, logger } from '../../lambda/lambda-function.ts'
import { createPosts } from '../../posts/posts.ts'
import { messageText } from '../../posts/push.ts'
import { createAdmission } from '../../sign-in/admission.ts'
import { markGone, roomOf } from '../../tables/connections/connections-table.ts'
import { keptKeysIn } from '../../tables/connections/kept-keys.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { readCut } from '../../tables/users/user-cut.ts'
import { createAnswers } from './answers.ts'
import { createMessageLimit, refusalOf } from './message-limit.ts'
import { MESSAGE_SETTINGS } from './message-settings.ts'

const settings = readSettings(MESSAGE_SETTINGS)
const client = createDynamoDB()
const connections = { client, table: settings.CONNECTIONS_TABLE }
const users = { client, table: settings.USERS_TABLE }
const posts = createPosts(settings.WEBSOCKET_ENDPOINT)
const admit = createAdmission({
  issuer: settings.TOKEN_ISSUER,
  audience: settings.TOKEN_AUDIENCE,
  scopes: settings.TOKEN_SCOPES,
  warn: (message, details) => logger.warn(message, details),
  kept: keptKeysIn(connections, settings.TOKEN_ISSUER),
  cutOf: user => readCut(users, user),
})
const answers = createAnswers({
  connections,
  boards: { client, table: settings.BOARDS_TABLE },
  clock,
  admit,
  publishesBasePrices: settings.PUBLISH.allows('base-prices', 'registered'),
})

const judge = createMessageLimit()

export const handler = lambda<APIGatewayProxyWebsocketEventV2, APIGatewayProxyStructuredResultV2>(
  async event => {
    const { connectionId } = event.requestContext
    const verdict = judge(connectionId)
    if (verdict === 'ignore') return { statusCode: 200 }
    const room = roomOf(connectionId, settings.ROOM_COUNT)
    const messages =
      verdict === 'accept' ? await answers(room, connectionId, event.body) : [refusalOf(verdict)]
    const isRefused = messages.some(({ type }) => type === 'error')
    countAll({ MessagesRefused: isRefused ? 1 : 0 })
    for (const answer of messages) {
      const result = await posts.postAnswer(connectionId, messageText(answer))
      if (answer.type === 'end') await posts.close(connectionId)
      if (result === 'sent') continue
      if (result === 'gone' && !(await posts.exists(connectionId)))
        await markGone(connections, room, connectionId)
      else logger.warn('answer not delivered', { connectionId, answer: answer.type })
      break
    }
    return { statusCode: 200 }
  },
)
