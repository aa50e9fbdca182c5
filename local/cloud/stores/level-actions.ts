/**
 * kinesalite and dynalite in process. Both are a store, and for every operation an action with a validation behind
 * an HTTP handler. The handlers bring the process down when a client resets its connection, and their memory is out
 * of reach; the stores and actions are called directly instead, so that the one endpoint serves all services.
 */
import { createRequire } from 'node:module'
import { AwsError } from '../endpoint/error.ts'

/** An operation of the service: input and output as in the AWS API's JSON. */
export type Operation = (input: object) => Promise<object>

interface Validation {
  readonly types: object
  readonly custom?: unknown
}

interface Validations {
  checkTypes(input: object, types: object): object
  checkValidations(input: object, types: object, custom: unknown, last: unknown): void
}

type Action = (store: object, input: object, done: (error: unknown, output?: object) => void) => void

/** An error as both packages raise it. */
interface ServiceError {
  readonly statusCode: number
  readonly body: { readonly __type: string; readonly message?: string; readonly Message?: string }
}

const load = createRequire(import.meta.url)

/**
 * The operations of `kinesalite` or `dynalite` over a store of theirs.
 * @param validationArgument what the package's validations take last: the operation's name, or the store.
 */
export function levelActions(
  packageName: 'kinesalite' | 'dynalite',
  store: object,
  validationArgument: (operation: string) => unknown,
): (operation: string) => Operation | undefined {
  const validations = load(`${packageName}/validations`) as Validations
  const known = new Map<string, Operation | undefined>()

  const find = (operation: string): Operation | undefined => {
    // Operation names come from requests and become file names.
    if (!/^[A-Z][A-Za-z]+$/.test(operation)) return undefined
    const file = operation[0]!.toLowerCase() + operation.slice(1)
    let action: Action
    let validation: Validation
    try {
      action = load(`${packageName}/actions/${file}`) as Action
      validation = load(`${packageName}/validations/${file}`) as Validation
    } catch {
      return undefined
    }
    return input =>
      new Promise((resolve, reject) => {
        try {
          const checked = validations.checkTypes(input, validation.types)
          validations.checkValidations(
            checked,
            validation.types,
            validation.custom,
            validationArgument(operation),
          )
          action(store, checked, (error, output) => {
            if (error) reject(toAwsError(error, packageName, operation))
            else resolve(output ?? {})
          })
        } catch (error) {
          reject(toAwsError(error, packageName, operation))
        }
      })
  }

  return operation => {
    if (!known.has(operation)) known.set(operation, find(operation))
    return known.get(operation)
  }
}

function toAwsError(error: unknown, packageName: string, operation: string): AwsError {
  if (typeof error === 'object' && error !== null && 'statusCode' in error && 'body' in error) {
    const { statusCode, body } = error as ServiceError
    return new AwsError(statusCode, body.__type, body.message ?? body.Message ?? '')
  }
  return new AwsError(500, 'InternalFailure', `${packageName} ${operation}: ${String(error)}`, {
    cause: error,
  })
}
