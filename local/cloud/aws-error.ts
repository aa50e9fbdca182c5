/** An error as an AWS service answers it. */
export class AwsError extends Error {
  readonly status: number
  /** Shape name, `ResourceNotFoundException`, possibly with a namespace before a `#`. */
  readonly type: string

  constructor(status: number, type: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'AwsError'
    this.status = status
    this.type = type
  }
}
