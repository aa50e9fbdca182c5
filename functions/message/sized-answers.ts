/** Keeps answers within the sizes of messages and errors. */
import { type ClientMessage, ERROR_BYTES, MAX_ID_LENGTH, type ServerMessage } from '../../market/protocol.ts'
import { type ErrorCode, PROTOCOL_ERRORS } from '../../market/protocol-errors.ts'

/** A message has at most 128 KB (API Gateway quotas). Boards take less, so that the rest of the message has room. */
export const BOARDS_BYTES = 96 * 1024
/** Bytes of a control character in JSON, `\u0000`: more than those of any other character. */
const CHARACTER_BYTES = 6
/** Bytes of an error without its text and its id. */
const FRAME_BYTES = 128
/** Characters of the text of an error that would be too long: they fit, whichever they are. */
const CUT_LENGTH = Math.floor((ERROR_BYTES - FRAME_BYTES) / CHARACTER_BYTES) - MAX_ID_LENGTH

export type Id = ClientMessage['id']

export function withId<Message extends ServerMessage>(id: Id, message: Message): Message {
  return id === undefined ? message : { ...message, id }
}

/** Returns an error of at most {@link ERROR_BYTES}. */
export function errorMessage(code: ErrorCode, text: string, id: Id): ServerMessage {
  const error = withId(id, { type: 'error', code, number: PROTOCOL_ERRORS[code].number, message: text })
  if (Buffer.byteLength(JSON.stringify(error)) <= ERROR_BYTES) return error
  return { ...error, message: `${text.slice(0, CUT_LENGTH)}…` }
}

/**
 * Returns items in groups of at most `limit` bytes as JSON, with commas: at least one group, which may be empty. A larger
 * item has a group of its own. The JSON of an item has only characters of one byte.
 */
export function chunksOf<Item>(items: readonly Item[], limit: number): Item[][] {
  const chunks: Item[][] = [[]]
  let bytes = 0
  for (const item of items) {
    const size = JSON.stringify(item).length + 1
    if (bytes + size > limit && bytes > 0) {
      chunks.push([])
      bytes = 0
    }
    chunks.at(-1)?.push(item)
    bytes += size
  }
  return chunks
}
