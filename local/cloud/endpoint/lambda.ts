/** The Invoke operation of Lambda. */

import { AwsError } from '../aws-error.ts'
import type { AsynchronousInvoker } from '../functions/asynchronous.ts'
import type { FunctionDirectory } from '../functions/directory.ts'
import { ASYNCHRONOUS_PAYLOAD_BYTES, PAYLOAD_BYTES } from '../functions/lambda-limits.ts'
import { calledFunction } from './lambda-request.ts'
import type { PathService } from './service.ts'

const INVOCATIONS = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/

export function lambdaService(functions: FunctionDirectory, asynchronous: AsynchronousInvoker): PathService {
  return async ({ method, path, query, headers }, readBody, demand, response) => {
    const match = INVOCATIONS.exec(path)
    if (match === null || method !== 'POST') return false
    const target = calledFunction({ functions, name: decodeURIComponent(match[1]!), query })
    demand({ action: 'lambda:InvokeFunction', resource: target.definition.arn })

    const type = headers['x-amz-invocation-type'] ?? 'RequestResponse'
    const body = await readBody()
    const limit = type === 'Event' ? ASYNCHRONOUS_PAYLOAD_BYTES : PAYLOAD_BYTES
    if (body.length > limit) {
      throw new AwsError(
        413,
        'RequestTooLargeException',
        `expected a payload of at most ${limit} bytes, got ${body.length}`,
      )
    }
    const payload = body.length === 0 ? '{}' : body.toString()

    if (type === 'DryRun') {
      response.writeHead(204).end()
    } else if (type === 'Event') {
      asynchronous.send(target, payload)
      response.writeHead(202).end()
    } else {
      const result = await target.invoke(payload)
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(result.payload),
        'x-amz-executed-version': target.version,
        'x-amzn-requestid': result.requestId,
        ...(result.failed ? { 'x-amz-function-error': 'Unhandled' } : {}),
      })
      response.end(result.payload)
    }
    return true
  }
}
