/** How often Lambda repeats an asynchronous event that fails, and where the event goes then. */
import * as v from 'valibot'
import type { Principal } from '../iam/roles.ts'
import type { LocalQueue } from '../queues/queue.ts'
import { numeric, readProperties } from '../template/properties.ts'
import type { Resource } from '../template/stack.ts'
import { TemplateError } from '../template/template-error.ts'
import type { FunctionDirectory } from './directory.ts'
import { functionArn, LATEST, readAddress } from './function-address.ts'

export interface InvokeConfig {
  /** Attempts after the first. */
  readonly retries: number
  /** Market seconds after which an event is given up. */
  readonly ageSeconds: number
  /** Receives the events that are given up. */
  readonly onFailure: LocalQueue | undefined
}

/** Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation". */
export const DEFAULT_INVOKE_CONFIG: InvokeConfig = { retries: 2, ageSeconds: 6 * 3600, onFailure: undefined }

const schema = v.object({
  FunctionName: v.string(),
  Qualifier: v.string(),
  MaximumRetryAttempts: v.optional(numeric, DEFAULT_INVOKE_CONFIG.retries),
  MaximumEventAgeInSeconds: v.optional(numeric, DEFAULT_INVOKE_CONFIG.ageSeconds),
  DestinationConfig: v.optional(
    v.looseObject({ OnFailure: v.optional(v.object({ Destination: v.string() })) }),
    {},
  ),
})

interface Surroundings {
  readonly directory: FunctionDirectory
  readonly queues: readonly LocalQueue[]
  roleOf(functionName: string): Principal
}

/**
 * Reads an AWS::Lambda::EventInvokeConfig.
 * @returns the ARN by which events name the function, and the configuration for them.
 * @throws TemplateError for an unknown function, and for a queue that is missing or that the role may not use.
 */
export function readInvokeConfig(
  resource: Resource,
  { directory, queues, roleOf }: Surroundings,
): { arn: string; config: InvokeConfig; ignored: string[] } {
  const { logicalId } = resource
  const p = readProperties(resource, schema)
  const { name } = readAddress(p.FunctionName)
  const { definition } = directory.expect(functionArn({ name, qualifier: p.Qualifier }), logicalId)
  const destination = p.DestinationConfig.OnFailure?.Destination
  const onFailure = queues.find(({ arn }) => arn === destination)
  if (destination !== undefined && onFailure === undefined) {
    throw new TemplateError(logicalId, `OnFailure: expected a queue of this stack, got ${destination}`)
  }
  if (onFailure !== undefined && !roleOf(name).permissions.allows('sqs:SendMessage', onFailure.arn)) {
    throw new TemplateError(
      logicalId,
      `the function's role does not allow sqs:SendMessage on ${onFailure.arn}`,
    )
  }
  return {
    // A call without a qualifier has the configuration of $LATEST.
    arn: p.Qualifier === LATEST ? functionArn({ name, qualifier: undefined }) : definition.arn,
    config: { retries: p.MaximumRetryAttempts, ageSeconds: p.MaximumEventAgeInSeconds, onFailure },
    ignored: 'OnSuccess' in p.DestinationConfig ? [`${logicalId}.DestinationConfig.OnSuccess`] : [],
  }
}
