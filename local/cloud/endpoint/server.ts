/** The endpoint of all AWS APIs: it finds the service of a request and checks access keys and permissions. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AwsError } from '../aws-error.ts'
import type { Principal, Roles } from '../iam/roles.ts'
import { accessKeyIdOf, isS3, readBody, sendError, sendJson } from './request.ts'
import { sendS3Error } from './s3-xml.ts'
import type { JsonService, Need, PathService } from './service.ts'

export interface EndpointOptions {
  readonly roles: Pick<Roles, 'byKey'>
  readonly services: readonly JsonService[]
  readonly paths: readonly PathService[]
  /** Receives a line for every refused request and every unknown operation. */
  readonly onRefused: (message: string) => void
}

/** BatchWriteItem has the greatest limit here, 16 MB. Base64 and JSON make the body longer. */
const BODY_BYTES = 32 * 1024 * 1024

export function createEndpoint({ roles, services, paths, onRefused }: EndpointOptions) {
  const byTarget = new Map(services.map(service => [service.target, service]))

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const contentType = request.headers['content-type'] ?? 'application/json'
    try {
      const principal = principalOf(roles, request.headers)
      const demand = (need: Need): void => demandRight(principal, need)
      const target = request.headers['x-amz-target']
      if (typeof target === 'string') {
        const [prefix = '', operation = ''] = target.split('.')
        const body = await readBody(request, BODY_BYTES)
        const output = await callJson(byTarget.get(prefix), target, operation, body, demand)
        sendJson(response, 200, contentType, JSON.stringify(output))
        return
      }
      const url = new URL(request.url ?? '/', 'http://local')
      const asked = {
        method: request.method ?? 'GET',
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
      }
      for (const path of paths) {
        if (await path(asked, (limit = BODY_BYTES) => readBody(request, limit), demand, response)) return
      }
      throw unknown(`${asked.method} ${asked.path}`)
    } catch (error) {
      if (error instanceof AwsError && (error.status === 403 || isRefusal(error.type)))
        onRefused(error.message)
      if (!(error instanceof AwsError)) onRefused(`${request.method} ${request.url}: ${String(error)}`)
      if (isS3(request.headers)) sendS3Error(response, error)
      else sendError(response, contentType, error)
    }
  }
  return (request: IncomingMessage, response: ServerResponse): void => void handle(request, response)
}

async function callJson(
  service: JsonService | undefined,
  target: string,
  operation: string,
  body: Buffer,
  demand: (need: Need) => void,
): Promise<object> {
  const run = service?.operation(operation)
  if (service === undefined || run === undefined) throw unknown(target)
  let input: object
  try {
    input = JSON.parse(body.toString()) as object
  } catch (cause) {
    throw new AwsError(400, 'SerializationException', `${target}: expected JSON`, { cause })
  }
  for (const need of service.needs(operation, input)) demand(need)
  return run(input)
}

/** Returns the principal of a request. @throws AwsError if the access key is unknown. */
export function principalOf(roles: Pick<Roles, 'byKey'>, headers: IncomingMessage['headers']): Principal {
  const id = accessKeyIdOf(headers)
  const principal = id === undefined ? undefined : roles.byKey(id)
  if (principal === undefined) {
    throw new AwsError(
      403,
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    )
  }
  return principal
}

/** Checks that a principal has a right. @throws AwsError AccessDeniedException in the form of the service. */
export function demandRight({ arn, permissions }: Principal, { action, resource, keys }: Need): void {
  if (permissions.allows(action, resource, keys)) return
  throw new AwsError(
    // Services with own paths respond with 403, services with AWS JSON with 400.
    /^(lambda|execute-api|s3|scheduler|iam):/.test(action) ? 403 : 400,
    'AccessDeniedException',
    `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
  )
}

const UNKNOWN = 'UnknownOperationException'
const isRefusal = (type: string): boolean => type === 'AccessDeniedException' || type === UNKNOWN

function unknown(what: string): AwsError {
  return new AwsError(400, UNKNOWN, `the local cloud does not support ${what}`)
}
