/** DynamoDB alone behind an HTTP endpoint, for programs and tests that need no template and no roles. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AwsError } from './aws-error.ts'
import { listen } from './endpoint/listen.ts'
import { accessKeyIdOf, readBody, sendError, sendJson } from './endpoint/request.ts'
import { type DynamoStore, openDynamoStore } from './stores/dynamo-store.ts'

export interface DynamoCall {
  /** `BatchWriteItem` */
  readonly operation: string
  readonly input: object
  /** Of the caller. */
  readonly accessKeyId: string
  /** Runs the operation on the tables, with this or another input. */
  run(input: object): Promise<object>
  /** Closes the connection without a response. */
  hangUp(): void
}

export interface DynamoEndpointOptions {
  /**
   * Answers a call in place of the tables. It may reject with {@link AwsError}, and `undefined` sends no response.
   * Default: runs the operation.
   */
  readonly answer?: (call: DynamoCall) => Promise<object | undefined>
  /** Called after a response, with the milliseconds since its request arrived. */
  readonly onAnswered?: (operation: string, output: object, milliseconds: number) => void
}

export interface DynamoEndpoint {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** BatchWriteItem takes 16 MB. Base64 makes the request longer. */
const BODY_BYTES = 32 * 1024 * 1024

/** Starts the endpoint on a free port of the loopback interface. Every caller may do everything. */
export async function startDynamoEndpoint(options: DynamoEndpointOptions = {}): Promise<DynamoEndpoint> {
  const { answer = ({ run, input }) => run(input), onAnswered } = options
  const store = openDynamoStore()
  const listener = await listen(0)
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const start = performance.now()
    const contentType = request.headers['content-type'] ?? ''
    try {
      const call = await readCall(request, response, store)
      const output = await answer(call)
      if (output === undefined) return
      sendJson(response, 200, contentType, JSON.stringify(output))
      onAnswered?.(call.operation, output, performance.now() - start)
    } catch (error) {
      sendError(response, contentType, error)
    }
  }
  listener.serve((request, response) => void handle(request, response))
  return {
    url: `http://127.0.0.1:${listener.port}`,
    port: listener.port,
    async close() {
      await listener.close()
      await store.close()
    },
  }
}

async function readCall(
  request: IncomingMessage,
  response: ServerResponse,
  store: DynamoStore,
): Promise<DynamoCall> {
  const operation = String(request.headers['x-amz-target']).split('.')[1] ?? ''
  const run = store.operation(operation)
  if (run === undefined) {
    throw new AwsError(400, 'UnknownOperationException', `the local cloud has no operation ${operation}`)
  }
  return {
    operation,
    input: JSON.parse((await readBody(request, BODY_BYTES)).toString()) as object,
    accessKeyId: accessKeyIdOf(request.headers) ?? '',
    run,
    hangUp: () => void response.destroy(),
  }
}
