import { createDynamoDB } from '../shared/dynamodb.ts'
import { countAll, lambda } from '../shared/lambda.ts'
import { createPosts } from '../shared/posts.ts'
import { type Push, type PushResult, pushRoom } from '../shared/push.ts'
import { name, readSettings } from '../shared/settings.ts'

const settings = readSettings({ CONNECTIONS_TABLE: name, WEBSOCKET_ENDPOINT: name })
const connections = { client: createDynamoDB(), table: settings.CONNECTIONS_TABLE }
const posts = createPosts(settings.WEBSOCKET_ENDPOINT)

/** What was posted goes back to broadcast, which counts it. */
export const handler = lambda<Push, PushResult>(push => {
  countAll({ Pushes: 1 })
  return pushRoom(push, posts, connections)
})
