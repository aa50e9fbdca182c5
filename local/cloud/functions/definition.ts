/** Reads Lambda functions from the template. */
import * as v from 'valibot'
import type { Logs } from '../logs.ts'
import type { Assembly } from '../template/assembly.ts'
import { ignoredMembers, numeric, readProperties } from '../template/properties.ts'
import type { Resource, Stack } from '../template/stack.ts'
import { TemplateError } from '../template/template-error.ts'
import type { FunctionDefinition } from './function.ts'

const schema = v.object({
  Code: v.object({ S3Key: v.optional(v.string()) }),
  Handler: v.string(),
  Role: v.string(),
  Runtime: v.string(),
  // Defaults of Lambda.
  MemorySize: v.optional(numeric, 128),
  Timeout: v.optional(numeric, 3),
  Environment: v.optional(v.object({ Variables: v.optional(v.record(v.string(), v.string()), {}) }), {}),
  ReservedConcurrentExecutions: v.optional(numeric),
})
/** Members of a function that have no effect here. */
const IGNORED = ['VpcConfig', 'Layers', 'DeadLetterConfig', 'FileSystemConfigs', 'SnapStart']

export interface FunctionSurroundings {
  readonly stack: Stack
  readonly assembly: Assembly
  readonly logs: Logs
  variablesFor(roleArn: string, where: string): Record<string, string>
  /** Returns the variables that a program gets, from those of the template. */
  given(template: Readonly<Record<string, string>>): Record<string, string>
}

/** Reads a function. @throws TemplateError if its code is not in the assembly or its runtime is not Node.js. */
export function readFunction(
  resource: Resource,
  { stack, assembly, logs, variablesFor, given }: FunctionSurroundings,
): { definition: FunctionDefinition; roleArn: string; ignored: string[] } {
  const { logicalId } = resource
  const p = readProperties(resource, schema)
  const folder = p.Code.S3Key === undefined ? undefined : assembly.fileAsset(p.Code.S3Key)
  if (folder === undefined) {
    throw new TemplateError(
      logicalId,
      `Code: expected an asset of the cloud assembly, got ${JSON.stringify(p.Code)}`,
    )
  }
  if (!p.Runtime.startsWith('nodejs')) {
    throw new TemplateError(logicalId, `Runtime: the local cloud runs Node.js only, got ${p.Runtime}`)
  }
  const name = stack.ref(logicalId)
  return {
    roleArn: p.Role,
    ignored: ignoredMembers(resource, IGNORED),
    definition: {
      logicalId,
      name,
      arn: stack.attribute(logicalId, 'Arn'),
      folder,
      handler: p.Handler,
      memoryMegabytes: p.MemorySize,
      timeoutSeconds: p.Timeout,
      reservedConcurrency: p.ReservedConcurrentExecutions,
      log: logs.sink(logicalId),
      sourceMaps: logs.kept,
      variables: {
        ...given(p.Environment.Variables),
        ...variablesFor(p.Role, logicalId),
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(p.MemorySize),
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_EXECUTION_ENV: `AWS_Lambda_${p.Runtime}`,
        LAMBDA_TASK_ROOT: folder,
        _HANDLER: p.Handler,
        TZ: ':UTC',
      },
    },
  }
}
