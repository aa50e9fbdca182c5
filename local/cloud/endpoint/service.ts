/** The two kinds of services of the endpoint: AWS JSON (`X-Amz-Target: <prefix>.<operation>`) and own paths. */
import type { IncomingMessage, ServerResponse } from 'node:http'

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

/** A service with paths of its own (Lambda, S3). @returns whether the request was its. */
export type PathService = (
  request: {
    readonly method: string
    readonly path: string
    readonly query: URLSearchParams
    readonly headers: IncomingMessage['headers']
  },
  /** @param limitBytes where the service takes more than the others. */
  body: (limitBytes?: number) => Promise<Buffer>,
  demand: (need: Need) => void,
  response: ServerResponse,
) => Promise<boolean>
