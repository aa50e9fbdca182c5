/** The management API of a WebSocket API: `/<stage>/@connections/<id>`. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AwsError } from '../aws-error.ts'
import { readBody, sendError } from '../endpoint/request.ts'
import { demandRight, principalOf } from '../endpoint/server.ts'
import type { Roles } from '../iam/roles.ts'
import { arn } from '../template/place.ts'
import type { Api } from './api.ts'
import type { Connections } from './connections.ts'
import { MESSAGE_BYTES } from './connections.ts'
import type { GatewayQuotas } from './gateway-quotas.ts'

/** The path starts with the stage, except on a custom domain. */
const PATH = /^(?:\/([^/@]+))?\/@connections\/([^/?]+)$/
/** More than the limit of a message, so that a message that is too long gets a response. */
const BODY_BYTES = 8 * MESSAGE_BYTES
/** Close code: normal closure (RFC 6455). */
const NORMAL = 1000

export function managementApi(
  api: Api,
  connections: Connections,
  roles: Roles,
  { posts }: Pick<GatewayQuotas, 'posts'>,
) {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const match = PATH.exec(request.url ?? '')
      if (match === null || (match[1] !== undefined && match[1] !== api.stage)) {
        throw new AwsError(403, 'ForbiddenException', 'Forbidden')
      }
      const id = decodeURIComponent(match[2]!)
      const { method } = request
      demandRight(principalOf(roles, request.headers), {
        action: 'execute-api:ManageConnections',
        resource: arn('execute-api', `${api.id}/${api.stage}/${method}/@connections/${id}`),
      })
      if (!posts.admit()) throw new AwsError(429, 'LimitExceededException', 'Too Many Requests')
      if (method === 'POST') {
        connections.post(id, await readBody(request, BODY_BYTES))
        response.writeHead(200, EMPTY).end()
      } else if (method === 'GET') {
        const { connectedAt, lastActiveAt, sourceIp, userAgent } = connections.get(id)
        response.writeHead(200, { 'content-type': 'application/json' }).end(
          JSON.stringify({
            connectedAt: new Date(connectedAt).toISOString(),
            identity: { sourceIp, userAgent },
            lastActiveAt: new Date(lastActiveAt).toISOString(),
          }),
        )
      } else if (method === 'DELETE') {
        connections.get(id).socket.close(NORMAL, 'Connection closed by the server')
        response.writeHead(204).end()
      } else {
        throw new AwsError(403, 'ForbiddenException', 'Forbidden')
      }
    } catch (error) {
      // The rest of an unread body would block the connection.
      request.resume()
      sendError(response, 'application/json', error)
    }
  }
  return (request: IncomingMessage, response: ServerResponse): void => void handle(request, response)
}

const EMPTY = { 'content-length': '0' }
