import { countAll, lambda } from '../../lambda/lambda-function.ts'
import { name, readSettings } from '../../lambda/settings.ts'
import { createPosts } from '../../posts/posts.ts'
import { type Push, type PushResult, pushRoom } from '../../posts/push.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'

const settings = readSettings({ CONNECTIONS_TABLE: name, WEBSOCKET_ENDPOINT: name })
const connections = { client: createDynamoDB(), table: settings.CONNECTIONS_TABLE }
const posts = createPosts(settings.WEBSOCKET_ENDPOINT)

/** What was posted goes back to broadcast, which counts it. */
export const handler = lambda<Push, PushResult>(push => {
  countAll({ Pushes: 1 })
  return pushRoom(push, posts, connections)
})
