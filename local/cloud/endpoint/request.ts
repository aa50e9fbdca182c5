/** Requests and responses of the AWS APIs. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { AwsError } from '../aws-error.ts'

/** Reads the body of a request. @throws AwsError 413 if the body has more than `limitBytes`. */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= limitBytes) chunks.push(chunk)
    })
    request.on('end', () => {
      if (length <= limitBytes) resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length))
      else
        reject(
          new AwsError(
            413,
            'PayloadTooLargeException',
            `expected at most ${limitBytes} bytes, got ${length}`,
          ),
        )
    })
    // Without effect after the end of the body.
    request.on('close', () => reject(new AwsError(400, 'RequestAbortedException', 'the client went away')))
  })
}

/** Returns the access key id of `AWS4-HMAC-SHA256 Credential=<id>/…`. The signature is not checked on this machine. */
export function accessKeyIdOf(headers: IncomingMessage['headers']): string | undefined {
  return /\bCredential=([^/,\s]+)\//.exec(headers.authorization ?? '')?.[1]
}

/** Returns the service of a request. Only its signature shows this: `Credential=<id>/<date>/<region>/<service>/aws4_request`. */
export function signedServiceOf({ authorization }: IncomingHttpHeaders): string | undefined {
  return /\bCredential=[^,\s]*\/([^/,\s]+)\/aws4_request/.exec(authorization ?? '')?.[1]
}

export function isS3(headers: IncomingHttpHeaders): boolean {
  return signedServiceOf(headers) === 's3'
}

export function sendJson(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Buffer,
): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    // Node sets this header too, but by a clock that tests cannot set.
    date: new Date().toUTCString(),
  })
  response.end(body)
}

/** Sends an error for AWS JSON and REST clients: its type is in the body and in a header. */
export function sendError(response: ServerResponse, contentType: string, error: unknown): void {
  const { status, type, message, details } =
    error instanceof AwsError ? error : new AwsError(500, 'InternalFailure', String(error))
  const body = JSON.stringify({ __type: type, message, ...details })
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'x-amzn-errortype': type.slice(type.indexOf('#') + 1),
  })
  response.end(body)
}
