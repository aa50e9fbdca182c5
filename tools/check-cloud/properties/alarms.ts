/** What the alarms watch, and whom they reach. */
import { readFileSync } from 'node:fs'
import { pathOf } from '../../../cdk/paths.ts'
import { type CloudProperty, inEachStage } from '../cloud-property.ts'
import type { Resource } from '../stage-synthesis.ts'
import { alarmsOf, rulesOf, undelivered, undeliveredEvents } from './alarm-delivery.ts'
import { type Resources, referredId } from './references.ts'

/** A metric of a template. */
interface MetricOf {
  readonly Namespace?: string
  readonly MetricName?: string
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[]
}

const FUNCTION_METRICS = ['Errors', 'Throttles']
const TABLE_METRICS = ['WriteThrottleEvents', 'ReadThrottleEvents']
/** Metrics of an API by its protocol (API Gateway developer guide, metrics of HTTP APIs and of WebSocket APIs). */
const API_METRICS: Readonly<Record<string, readonly string[]>> = {
  HTTP: ['4xx', '5xx', 'Latency'],
  WEBSOCKET: ['ClientError', 'ExecutionError', 'IntegrationError', 'IntegrationLatency'],
}

/** Returns the metrics that alarms watch, as `name of resource`. */
function watchedIn(resources: Resources): ReadonlySet<string> {
  const metrics = alarmsOf(resources).flatMap(([, { Properties }]) => {
    const { Metrics = [] } = Properties as {
      readonly Metrics?: readonly { readonly MetricStat?: { readonly Metric: MetricOf } }[]
    }
    return [Properties as MetricOf, ...Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? [])]
  })
  return new Set(
    metrics.flatMap(({ MetricName, Dimensions = [] }) =>
      Dimensions.map(({ Value }) => `${MetricName} of ${referredId(Value)}`),
    ),
  )
}

/** Returns the functions, tables and APIs with a metric that no alarm watches. */
export function unwatched(resources: Resources): string[] {
  const watched = watchedIn(resources)
  return Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    const wanted =
      Type === 'AWS::Lambda::Function'
        ? FUNCTION_METRICS
        : Type === 'AWS::DynamoDB::Table'
          ? TABLE_METRICS
          : Type === 'AWS::ApiGatewayV2::Api'
            ? (API_METRICS[String(Properties.ProtocolType)] ?? [])
            : []
    return wanted
      .filter(name => !watched.has(`${name} of ${id}`))
      .map(name => `${id}: no alarm watches ${name}`)
  })
}

/** Returns the anchors of the headings of a document, as GitHub makes them. */
export function anchorsOf(document: string): ReadonlySet<string> {
  const headings = [...document.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!)
  return new Set(
    headings.map(heading =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    ),
  )
}

/** Returns the alarms and rules whose description does not end with a section of docs/operations.md. */
export function withoutRunbook(resources: Resources, anchors: ReadonlySet<string>): string[] {
  return [...alarmsOf(resources), ...rulesOf(resources)].flatMap(([id, { Type, Properties }]) => {
    const description = Type === 'AWS::Events::Rule' ? Properties.Description : Properties.AlarmDescription
    const [, anchor] = /[.?] Runbook: docs\/operations\.md#([\w-]+)$/.exec(String(description)) ?? []
    if (anchor === undefined) return [`${id}: expected a description that ends with its runbook`]
    return anchors.has(anchor) ? [] : [`${id}: docs/operations.md has no section #${anchor}`]
  })
}

const EVENTS_OF_BACKUPS = ['Backup Job State Change', 'Copy Job State Change']
const EVENTS_OF_KEYS = ['AWS API Call via CloudTrail', 'KMS CMK Deletion']

/** Returns the keys and vaults with events that no rule publishes. */
export function withoutRule(resources: Resources): string[] {
  return Object.entries(resources).flatMap(([id, { Type }]) => {
    const wanted =
      Type === 'AWS::KMS::Key' ? EVENTS_OF_KEYS : Type === 'AWS::Backup::BackupVault' ? EVENTS_OF_BACKUPS : []
    return wanted
      .filter(event => !rulesOf(resources).some(([, rule]) => names(rule, event, id)))
      .map(event => `${id}: no rule has ${event}`)
  })
}

/** Returns whether the pattern of a rule names an event and, by a reference, a resource. */
function names({ Properties }: Resource, event: string, id: string): boolean {
  const pattern = Properties.EventPattern as { readonly 'detail-type'?: readonly string[] }
  const text = JSON.stringify(pattern)
  return (
    pattern['detail-type']?.includes(event) === true &&
    (text.includes(JSON.stringify({ Ref: id })) || text.includes(`{"Fn::GetAtt":["${id}",`))
  )
}

export const ALARMS: readonly CloudProperty[] = [
  inEachStage('alarms', 'every alarm reaches its topic: policies let CloudWatch publish', ({ resources }) =>
    undelivered(resources),
  ),
  inEachStage(
    'alarms',
    'every rule of events reaches its topic: policies let EventBridge publish',
    ({ resources }) => undeliveredEvents(resources),
  ),
  inEachStage(
    'alarms',
    'rules notify of failed backups, and of keys that are disabled or deleted',
    ({ resources }) => withoutRule(resources),
  ),
  inEachStage('alarms', 'the description of every alarm and rule names its runbook', ({ resources }) =>
    withoutRunbook(resources, anchorsOf(readFileSync(pathOf('docs/operations.md'), 'utf8'))),
  ),
  {
    area: 'alarms',
    holds: 'in test and prod, alarms watch every function, table and API: errors, throttles, slow answers',
    find: ({ test, prod }) =>
      [test, prod].flatMap(({ stage, resources }) =>
        unwatched(resources).map(text => `${stage.name}: ${text}`),
      ),
  },
]
