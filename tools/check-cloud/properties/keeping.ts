/** What survives a mistake: a deleted table, a wrong write, a fault over a weekend. */
import { type CloudProperty, inEachStage, inProdAndTest } from '../cloud-property.ts'
import type { Resource } from '../stage-synthesis.ts'
import { type Resources, referredId } from './references.ts'

type Members = Readonly<Record<string, unknown>>

/** From the close on Friday (15:30) to the opening on Monday (9:00), h. */
const WEEKEND_HOURS = 65.5

const ofType = (resources: Resources, type: string): [string, Resource][] =>
  Object.entries(resources).filter(([, { Type }]) => Type === type)

/** Returns the tables that cannot be restored to a point in time. */
export function withoutPointInTime(resources: Resources): string[] {
  return ofType(resources, 'AWS::DynamoDB::Table').flatMap(([id, { Properties }]) => {
    const { PointInTimeRecoveryEnabled } = (Properties.PointInTimeRecoverySpecification ?? {}) as Members
    return PointInTimeRecoveryEnabled === true ? [] : [`${id}: expected point-in-time recovery`]
  })
}

/** Returns the tables that stay with the stack's end, and the user pools, that AWS would delete. */
export function withoutDeletionProtection(resources: Resources): string[] {
  const tables = ofType(resources, 'AWS::DynamoDB::Table').filter(
    ([, { DeletionPolicy, Properties }]) =>
      DeletionPolicy === 'Retain' && Properties.DeletionProtectionEnabled !== true,
  )
  const pools = ofType(resources, 'AWS::Cognito::UserPool').filter(
    ([, { Properties }]) => Properties.DeletionProtection !== 'ACTIVE',
  )
  return [...tables, ...pools].map(([id]) => `${id}: expected deletion protection`)
}

/** Returns the stacks without termination protection. Deleting one ends the service, and a new one has other addresses. */
export function withoutTerminationProtection(stacks: readonly string[]): string[] {
  return stacks.map(name => `${name}: expected termination protection`)
}

/** Tables that people and users write. */
const WRITTEN_BY_PEOPLE = /^Tables(Control|Users)/

/** Returns the tables of people that no plan backs up, and vaults whose lock does not keep a backup. */
export function withoutBackup(resources: Resources): string[] {
  const selected = ofType(resources, 'AWS::Backup::BackupSelection').flatMap(([, { Properties }]) => {
    const { Resources: chosen = [] } = Properties.BackupSelection as {
      readonly Resources?: readonly unknown[]
    }
    return chosen.map(referredId)
  })
  const tables = ofType(resources, 'AWS::DynamoDB::Table').map(([id]) => id)
  const vaults = ofType(resources, 'AWS::Backup::BackupVault').filter(([, { Properties }]) => {
    const { MinRetentionDays } = (Properties.LockConfiguration ?? {}) as Members
    return MinRetentionDays === undefined
  })
  return [
    ...tables
      .filter(id => WRITTEN_BY_PEOPLE.test(id) && !selected.includes(id))
      .map(id => `${id}: expected daily backups`),
    ...vaults.map(([id]) => `${id}: expected a lock with a least retention`),
  ]
}

/** Returns an archive whose files can be deleted. */
export function unlocked(resources: Resources): string[] {
  return ofType(resources, 'AWS::S3::Bucket').flatMap(([id, { Properties }]) => {
    if (!id.startsWith('Archive')) return []
    const { Rule } = (Properties.ObjectLockConfiguration ?? {}) as {
      readonly Rule?: { readonly DefaultRetention?: { readonly Days?: number } }
    }
    return (Rule?.DefaultRetention?.Days ?? 0) > 0 ? [] : [`${id}: expected Object Lock`]
  })
}

/** Returns the streams that lose an envelope before Monday, after a fault on Friday. */
export function shortStreams(resources: Resources): string[] {
  return ofType(resources, 'AWS::Kinesis::Stream').flatMap(([id, { Properties }]) => {
    const hours = Number(Properties.RetentionPeriodHours ?? 24)
    return hours >= WEEKEND_HOURS ? [] : [`${id}: expected ${WEEKEND_HOURS} h or more, got ${hours} h`]
  })
}

/** Returns what is wrong with the buckets: public, not versioned, or without the refusal of requests without TLS. */
export function openBuckets(resources: Resources): string[] {
  const policies = ofType(resources, 'AWS::S3::BucketPolicy').map(([, { Properties }]) => Properties)
  const logs = logBuckets(resources)
  return ofType(resources, 'AWS::S3::Bucket').flatMap(([id, { Properties }]) => {
    const blocked = Object.values((Properties.PublicAccessBlockConfiguration ?? {}) as Members)
    const statements = policies
      .filter(({ Bucket }) => referredId(Bucket) === id)
      .flatMap(
        ({ PolicyDocument }) => (PolicyDocument as { readonly Statement: readonly Members[] }).Statement,
      )
    const refusesPlain = statements.some(
      ({ Effect, Condition }) =>
        Effect === 'Deny' && /"aws:SecureTransport":"false"/.test(JSON.stringify(Condition ?? {})),
    )
    const { Status } = (Properties.VersioningConfiguration ?? {}) as Members
    return [
      ...(blocked.length === 4 && blocked.every(value => value === true)
        ? []
        : [`${id}: expected all public access blocked`]),
      ...(refusesPlain ? [] : [`${id}: expected a refusal of requests without TLS`]),
      ...(Status === 'Enabled' || logs.has(id) ? [] : [`${id}: expected versions`]),
    ]
  })
}

/** Returns the ids of buckets that logs are written to. */
function logBuckets(resources: Resources): ReadonlySet<string | undefined> {
  const ofBuckets = ofType(resources, 'AWS::S3::Bucket').map(
    ([, { Properties }]) => (Properties.LoggingConfiguration as Members | undefined)?.DestinationBucketName,
  )
  const ofDistributions = ofType(resources, 'AWS::CloudFront::Distribution').map(
    ([, { Properties }]) =>
      ((Properties.DistributionConfig as Members).Logging as Members | undefined)?.Bucket,
  )
  return new Set([...ofBuckets, ...ofDistributions].map(referredId))
}

/** Returns the buckets of data whose requests S3 does not log. */
export function unlogged(resources: Resources): string[] {
  return ofType(resources, 'AWS::S3::Bucket').flatMap(([id, { Properties }]) =>
    /^(Archive|FailedBatches)/.test(id) && Properties.LoggingConfiguration === undefined
      ? [`${id}: expected an access log`]
      : [],
  )
}

export const KEEPING: readonly CloudProperty[] = [
  inEachStage('data', 'every table can be restored to any second of the last 35 days', ({ resources }) =>
    withoutPointInTime(resources),
  ),
  inProdAndTest(
    'data',
    'AWS refuses to delete the user pool and the tables that nothing can write again',
    ({ resources }) => withoutDeletionProtection(resources),
  ),
  inProdAndTest('data', 'CloudFormation refuses to delete the stacks', ({ deletableStacks }) =>
    withoutTerminationProtection(deletableStacks),
  ),
  inProdAndTest(
    'data',
    'the tables that people and users write have daily backups in a locked vault',
    ({ resources }) => withoutBackup(resources),
  ),
  inProdAndTest('data', 'no version of an archived file can be deleted before its time', ({ resources }) =>
    unlocked(resources),
  ),
  inProdAndTest('data', 'the stream keeps what came on Friday until Monday', ({ resources }) =>
    shortStreams(resources),
  ),
  inEachStage(
    'data',
    'every bucket is private and refuses requests without TLS, and all but those of logs have versions',
    ({ resources }) => openBuckets(resources),
  ),
  inProdAndTest('data', 'requests to the archive and to failed batches are logged', ({ resources }) =>
    unlogged(resources),
  ),
]
