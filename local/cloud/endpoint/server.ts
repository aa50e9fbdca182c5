/** The one endpoint that stands in for the AWS APIs: dispatch, access keys, permissions. */
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
  /** Told of every refusal and of every request that no service here knows. */
  readonly onRefused: (message: string) => void
}

/** BatchWriteItem takes 16 MB, the largest of all that is served here; base64 and JSON make it longer. */
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

/** Who sends a request. @throws AwsError if nobody here has its access key. */
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

/** @throws AwsError AccessDeniedException, as the services answer it. */
export function demandRight({ arn, permissions }: Principal, { action, resource }: Need): void {
  if (permissions.allows(action, resource)) return
  throw new AwsError(
    // The services with paths of their own answer 403, those that speak AWS JSON 400.
    /^(lambda|execute-api|s3):/.test(action) ? 403 : 400,
    'AccessDeniedException',
    `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
  )
}

const UNKNOWN = 'UnknownOperationException'
const isRefusal = (type: string): boolean => type === 'AccessDeniedException' || type === UNKNOWN

function unknown(what: string): AwsError {
  return new AwsError(400, UNKNOWN, `the local cloud knows no ${what}`)
}
