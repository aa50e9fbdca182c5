/** A service of the endpoint that speaks AWS JSON: `X-Amz-Target: <prefix>.<operation>`. */

/** What a request needs to be allowed. */
export interface Need {
  /** `kinesis:PutRecords` */
  readonly action: string
  /** ARN */
  readonly resource: string
}

export interface JsonService {
  /** Prefix of `X-Amz-Target`, up to the dot. */
  readonly target: string
  /** What the operation needs, by its input. */
  needs(operation: string, input: object): readonly Need[]
  /** @returns `undefined` if the service has no such operation here. */
  operation(name: string): ((input: object) => Promise<object>) | undefined
}
