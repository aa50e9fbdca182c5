/** How long logs are kept, and what access logs may tell. */
import { type CloudProperty, inEachStage, inProdAndTest } from '../cloud-property.ts'
import type { Resources } from './references.ts'

/** A year: what rules of landing zones ask for (AWS Control Tower, CT.CLOUDWATCH.PR.2). */
const YEAR_DAYS = 365

/** Returns the log groups that are kept for fewer days than `least`, or for ever. */
export function wronglyKept(resources: Resources, least: number): string[] {
  return Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    if (Type !== 'AWS::Logs::LogGroup') return []
    const days = Number(Properties.RetentionInDays ?? Number.POSITIVE_INFINITY)
    if (days === Number.POSITIVE_INFINITY) return [`${id}: expected an end of its logs, got none`]
    return days >= least ? [] : [`${id}: expected ${least} days or more, got ${days}`]
  })
}

/** Returns the log groups that are deleted with the stack. */
export function deletedLogs(resources: Resources): string[] {
  return Object.entries(resources).flatMap(([id, { Type, DeletionPolicy }]) =>
    Type === 'AWS::Logs::LogGroup' && DeletionPolicy !== 'Retain'
      ? [`${id}: expected to stay when the stack is deleted`]
      : [],
  )
}

/**
 * Variables of an access log that hold no secret. Tokens are in the header Authorization, or in Sec-WebSocket-Protocol; `path` may have what a
 * reader has typed, and `identity.userAgent` is a header.
 */
const ALLOWED = new Set([
  'authorizer.error',
  'connectionId',
  'error.message',
  'eventType',
  'identity.sourceIp',
  'integrationErrorMessage',
  'requestId',
  'requestTime',
  'responseLatency',
  'responseLength',
  'routeKey',
  'status',
])

interface LogSettings {
  readonly Format?: string
}

const formatsOf = (resources: Resources): [string, string | undefined][] =>
  Object.entries(resources).flatMap(([id, { Type, Properties }]) =>
    Type === 'AWS::ApiGatewayV2::Stage'
      ? [[id, (Properties.AccessLogSettings as LogSettings | undefined)?.Format]]
      : [],
  )

/** Returns what access logs have that may hold a token. */
export function talkativeLogs(resources: Resources): string[] {
  return formatsOf(resources).flatMap(([id, format = '']) =>
    [...format.matchAll(/\$context\.([\w.-]+)/g)]
      .map(([, name]) => name!)
      .filter(name => !ALLOWED.has(name))
      .map(name => `${id}: expected no $context.${name}, which may hold a token`),
  )
}

/** Returns the APIs without an access log. */
export function withoutAccessLog(resources: Resources): string[] {
  return formatsOf(resources).flatMap(([id, format]) =>
    format === undefined ? [`${id}: expected an access log`] : [],
  )
}

export const LOGS: readonly CloudProperty[] = [
  inEachStage('logs', 'every log has an end; those of prod are kept for a year', ({ stage, resources }) =>
    wronglyKept(resources, stage.name === 'prod' ? YEAR_DAYS : 1),
  ),
  inProdAndTest('logs', 'logs outlive the stack', ({ resources }) => deletedLogs(resources)),
  inProdAndTest('logs', 'both APIs write an access log', ({ resources }) => withoutAccessLog(resources)),
  inEachStage('logs', 'no access log has a header, a query string or a token', ({ resources }) =>
    talkativeLogs(resources),
  ),
]
