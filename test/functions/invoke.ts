/** Events and a context to invoke handlers with, as Lambda does. */
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyWebsocketEventV2,
  Context,
  KinesisStreamEvent,
} from 'aws-lambda'
import { ROUTES } from '../../rest/rest-routes.ts'

const REMAINING_MS = 30_000

export const lambdaContext: Context = {
  callbackWaitsForEmptyEventLoop: true,
  functionName: 'test',
  functionVersion: '1',
  invokedFunctionArn: 'arn:aws:lambda:ap-northeast-1:123456789012:function:test',
  memoryLimitInMB: '512',
  awsRequestId: 'test',
  logGroupName: 'test',
  logStreamName: 'test',
  getRemainingTimeInMillis: () => REMAINING_MS,
  done: () => {},
  fail: () => {},
  succeed: () => {},
}

/** What the gateway adds to the event of a route that needs a token. */
interface Authorized {
  readonly requestContext: {
    readonly authorizer?: { readonly jwt: { readonly claims: Readonly<Record<string, string>> } }
  }
}

/**
 * Returns a GET of the HTTP API as payload 2.0, with the route that the gateway finds for the path. A route that needs a
 * token gets the claims of an access token.
 * @param query a list of pairs may repeat a parameter.
 */
export function getRequest(
  path: string,
  query: Readonly<Record<string, string>> | readonly (readonly [name: string, value: string])[] = {},
): APIGatewayProxyEventV2 & Authorized {
  const pairs = Array.isArray(query) ? query : Object.entries(query)
  const byName = Map.groupBy(pairs, ([name]) => name)
  const { route, issue } = matchRoute(path)
  const routeKey = `GET ${route}`
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: new URLSearchParams(pairs).toString(),
    headers: {},
    queryStringParameters: Object.fromEntries(
      [...byName].map(([name, values]) => [name, values.map(([, value]) => value).join()]),
    ),
    ...(issue === undefined ? {} : { pathParameters: { issue } }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'test',
      ...(isForRegistered(path)
        ? { authorizer: { jwt: { claims: { token_use: 'access', sub: 'user' } } } }
        : {}),
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: { method: 'GET', path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: 'test',
      routeKey,
      stage: '$default',
      time: '20/Nov/2026:00:00:00 +0000',
      timeEpoch: 0,
    },
    isBase64Encoded: false,
  }
}

function isForRegistered(path: string): boolean {
  return path.startsWith('/v1/realtime/')
}

/** Returns the route of a path and the issue in the path; the path itself if no route has it. */
function matchRoute(path: string): { route: string; issue?: string } {
  for (const route of Object.keys(ROUTES)) {
    const match = new RegExp(`^${route.replace('{issue}', '(?<issue>[^/]+)')}$`).exec(path)
    const issue = match?.groups?.issue
    if (match !== null) return issue === undefined ? { route } : { route, issue: decodeURIComponent(issue) }
  }
  return { route: path }
}

/** What an event of a WebSocket API has only for some routes. */
interface SocketEventParts {
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly queryStringParameters?: Readonly<Record<string, string>>
}

/** An event of a WebSocket API. */
export function socketEvent(
  type: 'CONNECT' | 'MESSAGE' | 'DISCONNECT',
  connectionId: string,
  rest: SocketEventParts = {},
): APIGatewayProxyWebsocketEventV2 & SocketEventParts {
  return {
    requestContext: {
      routeKey: type === 'MESSAGE' ? '$default' : `$${type.toLowerCase()}`,
      messageId: 'test',
      eventType: type,
      extendedRequestId: 'test',
      requestTime: '20/Nov/2026:00:00:00 +0000',
      messageDirection: 'IN',
      stage: 'live',
      connectedAt: 0,
      requestTimeEpoch: 0,
      requestId: 'test',
      domainName: 'localhost',
      connectionId,
      apiId: 'test',
    },
    isBase64Encoded: false,
    ...rest,
  }
}

/** A batch of the stream. */
export function kinesisEvent(envelopes: readonly Uint8Array[]): KinesisStreamEvent {
  return {
    Records: envelopes.map((bytes, index) => ({
      awsRegion: 'ap-northeast-1',
      eventID: `shardId-000000000000:${index}`,
      eventName: 'aws:kinesis:record',
      eventSource: 'aws:kinesis',
      eventSourceARN: 'arn:aws:kinesis:ap-northeast-1:123456789012:stream/ticks',
      eventVersion: '1.0',
      invokeIdentityArn: 'arn:aws:iam::123456789012:role/test',
      kinesis: {
        approximateArrivalTimestamp: 0,
        data: Buffer.from(bytes).toString('base64'),
        kinesisSchemaVersion: '1.0',
        partitionKey: '1-0',
        sequenceNumber: String(index),
      },
    })),
  }
}
