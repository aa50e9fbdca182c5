/**
 * dynalite in process. The package has a store, an action and a validation for each operation, and an HTTP handler.
 * The handler ends the process when a client resets its connection. So the cloud calls the store and the actions
 * directly and serves DynamoDB at its own endpoint.
 */
import { createRequire } from 'node:module'
import { AwsError } from '../aws-error.ts'
import type { Operation } from '../operation.ts'

interface Validation {
  readonly types: object
  readonly custom?: unknown
}

interface Validations {
  checkTypes(input: object, types: object): object
  checkValidations(input: object, types: object, custom: unknown, store: object): void
}

type Action = (store: object, input: object, done: (error: unknown, output?: object) => void) => void

/** An error as dynalite raises it. */
interface ServiceError {
  readonly statusCode: number
  readonly body: { readonly __type: string; readonly message?: string; readonly Message?: string }
}

const load = createRequire(import.meta.url)

/** Returns a function that finds an operation of DynamoDB by its name, `undefined` when dynalite has none. */
export function dynaliteActions(store: object): (operation: string) => Operation | undefined {
  const validations = load('dynalite/validations') as Validations
  const found = new Map<string, Operation | undefined>()
  return name => {
    if (!found.has(name)) found.set(name, loadOperation(name, store, validations))
    return found.get(name)
  }
}

function loadOperation(name: string, store: object, validations: Validations): Operation | undefined {
  // Operation names come from requests and become file names.
  if (!/^[A-Z][A-Za-z]+$/.test(name)) return undefined
  const file = name[0]!.toLowerCase() + name.slice(1)
  let action: Action
  let validation: Validation
  try {
    action = load(`dynalite/actions/${file}`) as Action
    validation = load(`dynalite/validations/${file}`) as Validation
  } catch {
    return undefined
  }
  const { types, custom } = validation
  return input =>
    new Promise((resolve, reject) => {
      try {
        const checked = validations.checkTypes(input, types)
        validations.checkValidations(checked, types, custom, store)
        action(store, checked, (error, output) => {
          if (error) reject(toAwsError(error, name))
          else resolve(output ?? {})
        })
      } catch (error) {
        reject(toAwsError(error, name))
      }
    })
}

function toAwsError(error: unknown, operation: string): AwsError {
  if (typeof error === 'object' && error !== null && 'statusCode' in error && 'body' in error) {
    const { statusCode, body } = error as ServiceError
    return new AwsError(statusCode, body.__type, body.message ?? body.Message ?? '')
  }
  return new AwsError(500, 'InternalFailure', `dynalite ${operation}: ${String(error)}`, { cause: error })
}
