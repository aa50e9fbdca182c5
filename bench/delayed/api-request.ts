/** Requests in the form that an HTTP API sends to a function. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { momentToIso } from '../../market/moment.ts'
import type { EpochMicros } from '../../market/units.ts'

/** Returns the request for the board of an issue at a moment (epoch µs). */
export function boardRequest(issue: string, moment: EpochMicros): APIGatewayProxyEventV2 {
  return requestOf('boards', issue, { at: momentToIso(moment) })
}

/** Returns the request for the one-minute bars of an issue's day up to a moment (epoch µs). */
export function barsRequest(issue: string, moment: EpochMicros): APIGatewayProxyEventV2 {
  return requestOf('bars', issue, { to: momentToIso(moment) })
}

function requestOf(
  name: 'boards' | 'bars',
  issue: string,
  query: Record<string, string>,
): APIGatewayProxyEventV2 {
  const path = `/v1/${name}/${issue}`
  const routeKey = `GET /v1/${name}/{issue}`
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: {},
    queryStringParameters: query,
    pathParameters: { issue },
    requestContext: {
      accountId: '000000000000',
      apiId: 'bench',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: { method: 'GET', path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'bench' },
      requestId: 'bench',
      routeKey,
      stage: '$default',
      time: '20/Nov/2026:07:00:00 +0000',
      timeEpoch: 0,
    },
    isBase64Encoded: false,
  }
}
