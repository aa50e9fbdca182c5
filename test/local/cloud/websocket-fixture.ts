/** A WebSocket API with a function for each of its routes. */
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
import { WebSocket } from 'ws'
import type { CloudOptions } from '../../../local/cloud/cloud.ts'
import { att, fn, type Resources, ref } from './assembly-fixture.ts'
import { type Answer, boot, client, type Lab } from './cloud-fixture.ts'

export interface SocketEvent {
  readonly requestContext: {
    readonly routeKey: string
    readonly eventType: string
    readonly connectionId: string
    readonly stage: string
  }
  readonly headers: Record<string, string>
  readonly multiValueHeaders: Record<string, string[]>
  readonly queryStringParameters?: Record<string, string>
  readonly body?: string
}

function route(id: string, key: string, target: string): Resources {
  return {
    [`${id}Integration`]: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId: ref('sockets'),
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: {
          'Fn::Sub': [
            `arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${fn}/invocations`,
            { fn: att(target, 'Arn') },
          ],
        },
      },
    },
    [`${id}Route`]: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: ref('sockets'),
        RouteKey: key,
        Target: { 'Fn::Join': ['', ['integrations/', ref(`${id}Integration`)]] },
      },
    },
    [`${id}Permission`]: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: att(target, 'Arn'),
        Principal: 'apigateway.amazonaws.com',
        SourceArn: {
          'Fn::Sub': `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${sockets}/*${key}`,
        },
      },
    },
  }
}

export const API: Resources = {
  sockets: {
    Type: 'AWS::ApiGatewayV2::Api',
    Properties: { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' },
  },
  stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: ref('sockets'), StageName: 'live' } },
  ...fn('poster', [
    {
      Effect: 'Allow',
      Action: 'execute-api:ManageConnections',
      Resource: {
        'Fn::Sub': `arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${sockets}/live/POST/@connections/*`,
      },
    },
  ]),
  ...fn('connect'),
  ...fn('message'),
  ...fn('disconnect'),
  ...route('connect', '$connect', 'connect'),
  ...route('message', '$default', 'message'),
  ...route('disconnect', '$disconnect', 'disconnect'),
}

export const accept = ({ fn: name }: { readonly fn: string }): Answer =>
  name === 'connect'
    ? { result: { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'itastream.v1' } } }
    : { result: { statusCode: 200 } }

/** Boots the API. Its functions accept every connection and message. */
export async function lab(
  t: TestContext,
  options: Partial<CloudOptions> = {},
  resources = API,
): Promise<Lab> {
  const made = await boot(t, { resources }, options)
  made.answer = accept
  return made
}

export async function open(t: TestContext, { cloud }: Lab, protocols = ['itastream.v1']): Promise<WebSocket> {
  const socket = new WebSocket(cloud.websocketUrl, protocols)
  t.after(() => socket.terminate())
  await once(socket, 'open')
  return socket
}

/** Returns the status of a handshake that is refused. */
export async function refusal(url: string): Promise<number> {
  const socket = new WebSocket(url, ['itastream.v1'])
  socket.on('error', () => {})
  const [, response] = await once(socket, 'unexpected-response')
  response.resume()
  socket.terminate()
  return response.statusCode
}

export function management({ cloud }: Lab, env?: Record<string, string>): ApiGatewayManagementApiClient {
  return new ApiGatewayManagementApiClient({
    ...client(cloud, env),
    endpoint: cloud.websocketUrl.replace('ws:', 'http:'),
  })
}

export const connectionOf = (made: Lab, index = 0): string =>
  made.of<SocketEvent>('connect')[index]!.requestContext.connectionId
