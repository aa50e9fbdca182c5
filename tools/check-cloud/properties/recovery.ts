/** What a fault may take: how long the stream waits for a table, and what is kept of a batch that is given up. */
import { type CloudProperty, inEachStage } from '../cloud-property.ts'
import type { Resource } from '../stage-synthesis.ts'

type Resources = Readonly<Record<string, Resource>>

/** A fault of DynamoDB that must give up nothing (s): twice the hour that the recovery plan names (docs/recovery.md). */
const TABLE_AWAY_SECONDS = 7_200
/** A batch that is given up on Friday is put back on Monday, or after the longest run of holidays (days). */
const KEPT_DAYS = 14

interface Mapping {
  readonly MaximumRetryAttempts?: number
  readonly MaximumRecordAgeInSeconds?: number
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination?: { 'Fn::GetAtt'?: string[] } } }
}

interface Lifecycle {
  readonly LifecycleConfiguration?: { readonly Rules: readonly { readonly ExpirationInDays?: number }[] }
}

function ofType(resources: Resources, type: string): [id: string, properties: Resource['Properties']][] {
  return Object.entries(resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, { Properties }]) => [id, Properties])
}

/** Returns the mapping that stores the stream: the other one starts at the end of the stream. */
function storing(resources: Resources): [id: string, mapping: Mapping][] {
  return ofType(resources, 'AWS::Lambda::EventSourceMapping').filter(
    ([, { StartingPosition }]) => StartingPosition === 'TRIM_HORIZON',
  )
}

/** Returns the mappings that give up a batch before a table was away for {@link TABLE_AWAY_SECONDS}. */
export function impatientMappings(resources: Resources): string[] {
  const timeout = Number(
    ofType(resources, 'AWS::Lambda::Function').find(
      ([, { Description }]) => Description === 'itastream store-ticks',
    )?.[1].Timeout,
  )
  return storing(resources).flatMap(([id, { MaximumRetryAttempts, MaximumRecordAgeInSeconds }]) => {
    // An attempt waits for the table until its time-out.
    const tried = Math.min((MaximumRetryAttempts ?? 0) * timeout, MaximumRecordAgeInSeconds ?? 0)
    return tried >= TABLE_AWAY_SECONDS
      ? []
      : [`${id}: expected attempts for ${TABLE_AWAY_SECONDS} s, got ${tried} s`]
  })
}

/** Returns the mappings that may still try a record when the stream no longer has it. */
export function outlivedRecords(resources: Resources): string[] {
  const hours = ofType(resources, 'AWS::Kinesis::Stream').map(([, { RetentionPeriodHours }]) =>
    Number(RetentionPeriodHours),
  )
  const kept = 3_600 * Math.min(...hours)
  return storing(resources).flatMap(([id, { MaximumRecordAgeInSeconds = Infinity }]) =>
    2 * MaximumRecordAgeInSeconds <= kept
      ? []
      : [
          `${id}: expected an age of at most half of the stream's ${kept} s, got ${MaximumRecordAgeInSeconds} s`,
        ],
  )
}

/** Returns the mappings whose failed batches are not kept whole, or too short. Lambda writes whole batches to S3 only. */
export function forgottenBatches(resources: Resources): string[] {
  const mappings: [string, Mapping][] = ofType(resources, 'AWS::Lambda::EventSourceMapping')
  return mappings.flatMap(([id, { DestinationConfig }]) => {
    const bucket = DestinationConfig?.OnFailure?.Destination?.['Fn::GetAtt']?.[0] ?? ''
    const resource = resources[bucket]
    if (resource?.Type !== 'AWS::S3::Bucket')
      return [`${id}: expected a bucket for failed batches, got ${bucket || 'none'}`]
    const { LifecycleConfiguration } = resource.Properties as Lifecycle
    const days = Math.min(
      ...(LifecycleConfiguration?.Rules ?? []).map(({ ExpirationInDays = Infinity }) => ExpirationInDays),
    )
    return days >= KEPT_DAYS
      ? []
      : [`${id}: expected failed batches for ${KEPT_DAYS} days, got ${days} in ${bucket}`]
  })
}

export const RECOVERY: readonly CloudProperty[] = [
  inEachStage(
    'recovery',
    'DynamoDB may be away for two hours, and no batch of ticks is given up',
    ({ resources }) => impatientMappings(resources),
  ),
  inEachStage(
    'recovery',
    'a batch of ticks is given up to the bucket long before the stream forgets it',
    ({ resources }) => outlivedRecords(resources),
  ),
  inEachStage('recovery', 'a batch that is given up is kept whole for two weeks at least', ({ resources }) =>
    forgottenBatches(resources),
  ),
]
