/** Invoking a function's handler as Lambda does. */
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyWebsocketEventV2,
  Context,
  KinesisStreamEvent,
} from 'aws-lambda'

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

/** A GET of an HTTP API, payload 2.0. */
export function getRequest(
  path: string,
  query: Readonly<Record<string, string>> = {},
  issue?: string,
): APIGatewayProxyEventV2 {
  return {
    version: '2.0',
    routeKey: `GET ${path}`,
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: {},
    queryStringParameters: query,
    ...(issue === undefined ? {} : { pathParameters: { issue } }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'test',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: { method: 'GET', path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: 'test',
      routeKey: `GET ${path}`,
      stage: '$default',
      time: '20/Nov/2026:00:00:00 +0000',
      timeEpoch: 0,
    },
    isBase64Encoded: false,
  }
}

/** An event of a WebSocket API. */
export function socketEvent(
  type: 'CONNECT' | 'MESSAGE' | 'DISCONNECT',
  connectionId: string,
  rest: { readonly body?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): APIGatewayProxyWebsocketEventV2 & { headers?: Readonly<Record<string, string>> } {
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
