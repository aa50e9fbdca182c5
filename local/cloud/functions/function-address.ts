/** How callers name a function: by name or ARN, with or without a version or an alias. */
import { arn } from '../template/place.ts'

/** The code that was deployed last. A call without a qualifier runs it. */
export const LATEST = '$LATEST'

export interface FunctionAddress {
  readonly name: string
  /** Version or alias, `undefined` if the caller names neither. */
  readonly qualifier: string | undefined
}

/** Reads `name`, `name:qualifier`, a partial ARN (`account:function:name`) or an ARN, the last two with or without qualifier. */
export function readAddress(nameOrArn: string): FunctionAddress {
  const [name = '', qualifier] = nameOrArn.replace(/^.*:function:/, '').split(':')
  return { name, qualifier }
}

/** Returns the ARN of a function, of its version or of its alias. */
export function functionArn({ name, qualifier }: FunctionAddress): string {
  return arn('lambda', `function:${name}${qualifier === undefined ? '' : `:${qualifier}`}`)
}
