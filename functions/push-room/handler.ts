import { createDynamoDB } from '../shared/dynamodb.ts'
import { lambda } from '../shared/lambda.ts'
import { createPosts } from '../shared/posts.ts'
import { type Push, type PushResult, pushRoom } from '../shared/push.ts'
import { name, readSettings } from '../shared/settings.ts'

const settings = readSettings({ CONNECTIONS_TABLE: name, WEBSOCKET_ENDPOINT: name })
const connections = { client: createDynamoDB(), table: settings.CONNECTIONS_TABLE }
const posts = createPosts(settings.WEBSOCKET_ENDPOINT)

export const handler = lambda<Push, PushResult>(push => pushRoom(push, posts, connections))
