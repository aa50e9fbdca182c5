/** Lambda: posts a part of a round to its connections. Broadcast invokes it for rounds with many posts. */
import { readSettings } from '../../contract/settings.ts'
import { lambda } from '../../lambda/lambda-function.ts'
import { createPosts } from '../../posts/posts.ts'
import { type Push, type PushResult, pushRoom } from '../../posts/push.ts'
import { PUSH_ROOM_SETTINGS } from './push-room-settings.ts'

const settings = readSettings(PUSH_ROOM_SETTINGS)
const posts = createPosts(settings.WEBSOCKET_ENDPOINT)

/** Returns the results of the posts to broadcast, which counts them and marks the connections that have ended. */
export const handler = lambda<Push, PushResult>(push => pushRoom(push, posts))
