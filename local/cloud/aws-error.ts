/** An error as an AWS service answers it. */

export interface AwsErrorOptions extends ErrorOptions {
  readonly details?: object
}

export class AwsError extends Error {
  readonly status: number
  /** Shape name, `ResourceNotFoundException`, possibly with a namespace before a `#`. */
  readonly type: string
  /** Further members of the error's body. */
  readonly details: object

  constructor(status: number, type: string, message: string, options: AwsErrorOptions = {}) {
    super(message, options)
    this.name = 'AwsError'
    this.status = status
    this.type = type
    this.details = options.details ?? {}
  }
}

/** Returns whether a quota refused the request. The throttle report counts such refusals, so logs leave them out. */
export function isThrottle(error: unknown): boolean {
  return error instanceof AwsError && error.status === 429
}
