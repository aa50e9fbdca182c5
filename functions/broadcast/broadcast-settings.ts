/** Settings of broadcast. */
import { publication } from '../../contract/publication.ts'
import { postsPerSecond, requiredText, roomCount, shardCount } from '../../contract/settings.ts'

export const BROADCAST_SETTINGS = {
  BOARDS_TABLE: requiredText,
  PUBLISH: publication,
  CONNECTIONS_TABLE: requiredText,
  ROOM_COUNT: roomCount,
  PUSH_ROOM_FUNCTION: requiredText,
  WEBSOCKET_ENDPOINT: requiredText,
  /** Name of the stream of envelopes. */
  STREAM_NAME: requiredText,
  /** Shards in trading hours. Each has an environment of its own, and they share the posts. */
  SHARDS: shardCount,
  /** Posts a second of all environments: a share of the account's quota. */
  POSTS_PER_SECOND: postsPerSecond,
}
