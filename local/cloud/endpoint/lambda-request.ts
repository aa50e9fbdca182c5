/** Requests to the control operations of Lambda, and what they have in common. */
import { AwsError } from '../aws-error.ts'
import type { CalledFunction, FunctionDirectory } from '../functions/directory.ts'
import { functionArn, readAddress } from '../functions/function-address.ts'
import type { Need } from './service.ts'

export interface LambdaCall {
  readonly functions: FunctionDirectory
  /** The variable part of the path: a function or the id of a mapping. */
  readonly name: string
  readonly query: URLSearchParams
  demand(need: Need): void
  /** Returns the members of the body. */
  input(): Promise<Readonly<Record<string, unknown>>>
}

export interface LambdaRoute {
  readonly method: string
  /** The first group is {@link LambdaCall.name}. */
  readonly path: RegExp
  run(call: LambdaCall): Promise<{ readonly status: number; readonly output?: object }>
}

/**
 * Returns the function that a request names.
 * @throws AwsError if there is no such function, or if the name has another qualifier than the query.
 */
export function calledFunction({
  functions,
  name: nameOrArn,
  query,
}: Pick<LambdaCall, 'functions' | 'name' | 'query'>): CalledFunction {
  const asked = query.get('Qualifier')
  const { name, qualifier = asked ?? undefined } = readAddress(nameOrArn)
  if (asked !== null && asked !== qualifier) {
    throw new AwsError(
      400,
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    )
  }
  const address = functionArn({ name, qualifier })
  const target = functions.find(address)
  if (target !== undefined) return target
  throw new AwsError(404, 'ResourceNotFoundException', `Function not found: ${address}`)
}

/** Returns a member that is a whole number of at least `least`. @throws AwsError ValidationException */
export function wholeNumber(
  input: Readonly<Record<string, unknown>>,
  member: string,
  { least, most = Number.MAX_SAFE_INTEGER }: { readonly least: number; readonly most?: number },
): number {
  const value = input[member]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most)
    return value
  throw new AwsError(
    400,
    'ValidationException',
    `1 validation error detected: Value '${value}' at '${member[0]!.toLowerCase()}${member.slice(1)}' failed to satisfy constraint: Member must have value from ${least} to ${most}`,
  )
}

/** Returns a time in the format of Lambda: `2026-11-20T08:00:00+0000`. @param microseconds epoch µs */
export function lambdaDate(microseconds: number): string {
  return new Date(microseconds / 1000).toISOString().replace(/\.\d+Z$/, '+0000')
}
