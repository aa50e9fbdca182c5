/** The refusal of a new connection, or of a token. */

import type { ErrorParts } from '../market/protocol.ts'
import { type ErrorCode, PROTOCOL_ERRORS } from '../market/protocol-errors.ts'

/** The reason why a connection is refused, with the HTTP status of the answer. The message never has a part of a token. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: 400 | 401 | 403 | 429
  readonly code: ErrorCode

  constructor(status: Refusal['status'], code: ErrorCode, message: string) {
    super(message)
    this.status = status
    this.code = code
  }

  get parts(): ErrorParts {
    return { code: this.code, number: PROTOCOL_ERRORS[this.code].number, message: this.message }
  }
}
