/** The operations of Lambda on event source mappings. */
import { AwsError } from '../aws-error.ts'
import { functionArn, readAddress } from '../functions/function-address.ts'
import type { Mapping, MappingSettings } from '../mappings/mapping.ts'
import { arn } from '../template/place.ts'
import { type LambdaCall, type LambdaRoute, wholeNumber } from './lambda-request.ts'

/** The numbers that can change, with the bounds for a stream (Lambda API reference, "UpdateEventSourceMapping"). */
const SETTINGS: readonly {
  readonly member: string
  readonly name: keyof MappingSettings
  readonly least: number
  readonly most: number
}[] = [
  { member: 'BatchSize', name: 'batchSize', least: 1, most: 10_000 },
  { member: 'MaximumBatchingWindowInSeconds', name: 'windowSeconds', least: 0, most: 300 },
  { member: 'ParallelizationFactor', name: 'parallelization', least: 1, most: 10 },
]

export function mappingRoutes(mappings: readonly Mapping[]): LambdaRoute[] {
  const find = ({ name: uuid, demand }: LambdaCall, action: string): Mapping => {
    demand({ action: `lambda:${action}`, resource: arn('lambda', `event-source-mapping:${uuid}`) })
    const found = mappings.find(({ definition }) => definition.uuid === uuid)
    if (found !== undefined) return found
    throw new AwsError(404, 'ResourceNotFoundException', 'The resource you requested does not exist.')
  }
  return [
    {
      method: 'GET',
      path: /^\/2015-03-31\/event-source-mappings\/?$/,
      async run({ query, demand }) {
        demand({ action: 'lambda:ListEventSourceMappings', resource: '*' })
        const [source, name] = [query.get('EventSourceArn'), query.get('FunctionName')]
        const found = mappings.filter(
          ({ definition, functionArn: called }) =>
            (source === null || definition.sourceArn === source) &&
            (name === null || functionArn(readAddress(name)) === called),
        )
        return { status: 200, output: { EventSourceMappings: found.map(describe) } }
      },
    },
    {
      method: 'GET',
      path: ONE,
      run: async call => ({ status: 200, output: describe(find(call, 'GetEventSourceMapping')) }),
    },
    {
      method: 'PUT',
      path: ONE,
      async run(call) {
        const mapping = find(call, 'UpdateEventSourceMapping')
        const { Enabled, ...input } = await call.input()
        mapping.update(readSettings(input), Enabled === undefined ? undefined : Enabled === true)
        return { status: 202, output: describe(mapping) }
      },
    },
  ]
}

const ONE = /^\/2015-03-31\/event-source-mappings\/([^/]+)$/

/** @throws AwsError for a number out of its bounds, and for a member that cannot change here. */
function readSettings(input: Readonly<Record<string, unknown>>): Partial<MappingSettings> {
  const settings: Partial<Record<keyof MappingSettings, number>> = {}
  const unknown = Object.keys(input).find(name => SETTINGS.every(({ member }) => member !== name))
  if (unknown !== undefined) {
    throw new AwsError(501, 'NotImplemented', `the local Lambda does not change ${unknown} of a mapping`)
  }
  for (const { member, name, ...bounds } of SETTINGS) {
    if (member in input) settings[name] = wholeNumber(input, member, bounds)
  }
  return settings
}

function describe({ definition, functionArn: called, state, changedAt }: Mapping): object {
  const { failureBucket } = definition
  return {
    UUID: definition.uuid,
    EventSourceMappingArn: arn('lambda', `event-source-mapping:${definition.uuid}`),
    EventSourceArn: definition.sourceArn,
    FunctionArn: called,
    State: state,
    StateTransitionReason: 'User action',
    LastModified: changedAt / 1_000_000,
    StartingPosition: definition.start,
    BatchSize: definition.batchSize,
    MaximumBatchingWindowInSeconds: definition.windowSeconds,
    ParallelizationFactor: definition.parallelization,
    BisectBatchOnFunctionError: definition.bisect,
    MaximumRetryAttempts: definition.retries,
    MaximumRecordAgeInSeconds: definition.maximumAgeSeconds,
    FunctionResponseTypes: definition.partialFailures ? ['ReportBatchItemFailures'] : [],
    DestinationConfig: {
      OnFailure: failureBucket === undefined ? {} : { Destination: `arn:aws:s3:::${failureBucket}` },
    },
  }
}
