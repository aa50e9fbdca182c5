/** Events that a WebSocket API sends to its functions, and the responses that it accepts. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import * as v from 'valibot'
import type { InvokeResult } from '../functions/function.ts'
import type { Api } from './api.ts'

/** Facts that do not change during a connection. */
export interface ConnectionFacts {
  readonly connectionId: string
  readonly connectedAt: number
  readonly sourceIp: string
  readonly userAgent: string
  /** `localhost:8080` */
  readonly domainName: string
}

export type EventType = 'CONNECT' | 'MESSAGE' | 'DISCONNECT'

/** Makes a connection id in the form of API Gateway: base64url with padding. */
export function newConnectionId(): string {
  return `${randomBytes(11).toString('base64url')}=`
}

/** Returns the `requestContext` of an event. */
export function requestContext(
  api: Api,
  facts: ConnectionFacts,
  routeKey: string,
  eventType: EventType,
): object {
  const requestId = randomUUID()
  return {
    routeKey,
    eventType,
    messageDirection: 'IN',
    extendedRequestId: requestId,
    requestId,
    requestTime: new Date().toUTCString(),
    requestTimeEpoch: Date.now(),
    stage: api.stage,
    apiId: api.id,
    domainName: facts.domainName,
    connectionId: facts.connectionId,
    connectedAt: facts.connectedAt,
    identity: { sourceIp: facts.sourceIp, userAgent: facts.userAgent },
  }
}

/** Returns headers and query parameters for `$connect`: the last value of each name, and all values. */
export function connectParameters(request: IncomingMessage): object {
  const multiValueHeaders: Record<string, string[]> = {}
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i]!
    multiValueHeaders[name] = [...(multiValueHeaders[name] ?? []), request.rawHeaders[i + 1]!]
  }
  const { searchParams } = new URL(request.url ?? '/', 'http://local')
  const multiValueQuery = Object.fromEntries(
    [...searchParams.keys()].map(key => [key, searchParams.getAll(key)]),
  )
  return {
    headers: lastValues(multiValueHeaders),
    multiValueHeaders,
    ...(searchParams.size === 0
      ? {}
      : {
          queryStringParameters: lastValues(multiValueQuery),
          multiValueQueryStringParameters: multiValueQuery,
        }),
  }
}

function lastValues(values: Readonly<Record<string, string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, all]) => [name, all.at(-1)!]))
}

const answerSchema = v.object({
  statusCode: v.pipe(v.number(), v.integer()),
  headers: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])), {}),
})

/** Reads the response of a function to `$connect`. A failure or an invalid response counts as 500. */
export function connectAnswer(result: InvokeResult): { statusCode: number; subprotocol: string | undefined } {
  const parsed = result.failed ? undefined : v.safeParse(answerSchema, JSON.parse(result.payload))
  if (parsed?.success !== true) return { statusCode: 500, subprotocol: undefined }
  const { statusCode, headers } = parsed.output
  const protocol = Object.entries(headers).find(([name]) => name.toLowerCase() === 'sec-websocket-protocol')
  return { statusCode, subprotocol: protocol === undefined ? undefined : String(protocol[1]) }
}

/**
 * Returns the route that a message selects: the value of the member that the expression names. A message cannot select
 * `$connect` or `$disconnect`.
 */
export function selectedKey(api: Api, body: string): string {
  const member = /^\$request\.body\.(.+)$/.exec(api.routeSelection)?.[1]
  if (member === undefined) return '$default'
  try {
    let value: unknown = JSON.parse(body)
    for (const name of member.split('.')) value = (value as Record<string, unknown> | null)?.[name]
    return typeof value === 'string' && !value.startsWith('$') ? value : '$default'
  } catch {
    // A message that is not JSON selects no route.
    return '$default'
  }
}
