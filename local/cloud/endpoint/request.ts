/** Requests as the AWS APIs take them. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AwsError } from './error.ts'

/** A whole request. */
export interface AwsRequest {
  readonly method: string
  /** Path without the query. */
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** Reads the body of a request. @throws AwsError 413 if it has more bytes than the service takes. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limitBytes) {
      throw new AwsError(
        413,
        'RequestEntityTooLargeException',
        `expected at most ${limitBytes} bytes, got more`,
      )
    }
    chunks.push(chunk)
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)
}

/** `AWS4-HMAC-SHA256 Credential=<id>/…`: who signed. The signature itself is not checked on this machine. */
export function accessKeyIdOf(headers: IncomingMessage['headers']): string | undefined {
  return /\bCredential=([^/,\s]+)\//.exec(headers.authorization ?? '')?.[1]
}

export function sendJson(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Buffer,
): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

/** An error as both families of protocols carry it: type in the body and in a header. */
export function sendError(response: ServerResponse, contentType: string, error: unknown): void {
  const { status, type, message } =
    error instanceof AwsError ? error : new AwsError(500, 'InternalFailure', String(error))
  const body = JSON.stringify({ __type: type, message })
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'x-amzn-errortype': type.slice(type.indexOf('#') + 1),
  })
  response.end(body)
}
