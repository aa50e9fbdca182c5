/** A mapping and a function for tests that run a mapping without a template. */
import type { FunctionDefinition } from '../../../local/cloud/functions/function.ts'
import type { MappingDefinition } from '../../../local/cloud/mappings/mapping-definition.ts'

export const MAPPING: MappingDefinition = {
  logicalId: 'mapping',
  uuid: 'uuid',
  functionName: 'reader',
  sourceArn: 'arn:aws:kinesis:::stream/ticks',
  streamName: 'ticks',
  streamArn: 'arn:aws:kinesis:::stream/ticks',
  fanOut: true,
  start: 'LATEST',
  startTimestamp: undefined,
  batchSize: 1,
  windowSeconds: 0,
  parallelization: 1,
  partialFailures: false,
  bisect: false,
  retries: 0,
  maximumAgeSeconds: -1,
  failureBucket: undefined,
}

export const READER: FunctionDefinition = {
  logicalId: 'reader',
  name: 'reader',
  arn: 'arn:aws:lambda:::function:reader',
  folder: '',
  handler: '',
  memoryMegabytes: 128,
  timeoutSeconds: 3,
  variables: {},
  reservedConcurrency: undefined,
  log() {},
  sourceMaps: false,
}
