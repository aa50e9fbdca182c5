/** Who notices that a right is missing. */

export type Notice =
  /** These features of the role, and no others, do not work. `npm run drills -- rights` takes the right away. */
  | { readonly by: 'features'; readonly features: readonly string[] }
  /** AWS refuses the deployment, and the local cloud the boot. The drill boots a template without the right. */
  | { readonly by: 'boot' }
  /** Nobody on this machine, for this reason. */
  | { readonly by: 'nobody here'; readonly reason: string }

/** The rights of a role, by their short names. */
export type RightsOfRole = Readonly<Record<string, Notice>>
/** By the name of the role. */
export type RightsTable = Readonly<Record<string, RightsOfRole>>

export function fails(...features: readonly string[]): Notice {
  return { by: 'features', features }
}

export const REFUSED: Notice = { by: 'boot' }

/** Returns the same notice for several rights. */
export function each(rights: readonly string[], notice: Notice): RightsOfRole {
  return Object.fromEntries(rights.map(right => [right, notice]))
}

const untried = (reason: string): Notice => ({ by: 'nobody here', reason })

const LOGS = untried('The local cloud keeps logs in files, and asks no right for them.')
const TRACES = untried(
  'X-Ray has no stand-in. Without the right there are no traces, and everything else works.',
)
const KEYS = untried(
  'KMS has no stand-in. Without the right the service of the condition refuses each request.',
)
/** AWS Lambda developer guide, "Process Amazon Kinesis Data Streams records with Lambda": the rights of a mapping. */
export const LAMBDA_DEMANDS = untried(
  'Lambda documents it for every mapping of a stream. The stand-in reads the stream without it.',
)
/** AWS Lambda developer guide, "Retain discarded batch records": a bucket as destination. */
export const BUCKET_DEMANDS = untried(
  'Lambda documents it for a failure destination that is a bucket. The stand-in writes without it.',
)
export const SERVICE_DEMANDS = untried('A service of AWS uses it that has no stand-in, and documents it.')
export const IMAGES = untried('ECR has no stand-in: the local cloud runs the files of the image.')

/** What a function needs to write its log. */
export const logs = (group: string): RightsOfRole =>
  each([`logs:CreateLogStream on ${group}`, `logs:PutLogEvents on ${group}`], LOGS)

export const traces: RightsOfRole = each(
  ['xray:PutTelemetryRecords on *', 'xray:PutTraceSegments on *'],
  TRACES,
)

/** The use of a key by a service that acts for the role. */
export function key(name: 'Data' | 'Events', service: string, ...actions: readonly string[]): RightsOfRole {
  return each(
    actions.map(action => `kms:${action} on Keys${name} [${service}.ap-northeast-1.amazonaws.com]`),
    KEYS,
  )
}

/** The encryption of what the role reads and writes. */
export const tables = key('Data', 'dynamodb', 'Decrypt')
export const stream = key('Data', 'kinesis', 'Decrypt')
export const fromBucket = key('Data', 's3', 'Decrypt')
export const toBucket = key('Data', 's3', 'GenerateDataKey')
export const toQueue = key('Events', 'sqs', 'Decrypt', 'GenerateDataKey')

/** The header by which a function knows the edge. Without the right no request of a user is answered. */
export const edgeSecret = (...features: readonly string[]): RightsOfRole => ({
  'secretsmanager:GetSecretValue on EdgeHeaderSecret': fails(...features),
  ...key('Data', 'secretsmanager', 'Decrypt'),
})
