/** The last message of a connection. */
import type { ServerMessage } from './protocol.ts'
import { type ErrorCode, PROTOCOL_ERRORS } from './protocol-errors.ts'

/** Returns the message that tells an app why the server closes its connection. */
export function endMessage(code: ErrorCode): Extract<ServerMessage, { type: 'end' }> {
  const { number, sentence } = PROTOCOL_ERRORS[code]
  return { type: 'end', code, number, message: sentence }
}
