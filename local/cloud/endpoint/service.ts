/** The two kinds of services of the endpoint: AWS JSON (`X-Amz-Target: <prefix>.<operation>`) and own paths. */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** A right that a request needs. */
export interface Need {
  /** `kinesis:PutRecords` */
  readonly action: string
  /** ARN */
  readonly resource: string
  /** Partition keys of the items, of a request to DynamoDB that names them. */
  readonly keys?: readonly string[]
}

export interface JsonService {
  /** Prefix of `X-Amz-Target`, up to the dot. */
  readonly target: string
  /** Returns the rights that the operation needs for this input. */
  needs(operation: string, input: object): readonly Need[]
  /** @returns `undefined` if the service has no such operation here. */
  operation(name: string): ((input: object) => Promise<object>) | undefined
}

/** A service with its own paths (Lambda, S3). @returns whether the request was for this service. */
export type PathService = (
  request: {
    readonly method: string
    readonly path: string
    readonly query: URLSearchParams
    readonly headers: IncomingMessage['headers']
  },
  /** @param limitBytes for a service with a greater limit than the others. */
  body: (limitBytes?: number) => Promise<Buffer>,
  demand: (need: Need) => void,
  response: ServerResponse,
) => Promise<boolean>
