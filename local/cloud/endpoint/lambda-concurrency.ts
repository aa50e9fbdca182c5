/** The operations of Lambda on reserved and provisioned concurrency. */
import { AwsError } from '../aws-error.ts'
import type { FunctionConcurrency } from '../functions/concurrency.ts'
import type { CalledFunction } from '../functions/directory.ts'
import { functionArn } from '../functions/function-address.ts'
import type { ProvisionedConcurrency, ProvisionedState } from '../functions/provisioned.ts'
import {
  calledFunction,
  type LambdaCall,
  type LambdaRoute,
  lambdaDate,
  wholeNumber,
} from './lambda-request.ts'

/** The concurrency of a function. */
export interface FunctionControl {
  readonly concurrency: FunctionConcurrency
  readonly provisioned: ProvisionedConcurrency
}

/** @param controls by name of the function. */
export function concurrencyRoutes(controls: ReadonlyMap<string, FunctionControl>): LambdaRoute[] {
  const controlOf = ({ definition }: CalledFunction): FunctionControl => controls.get(definition.name)!

  /** Returns the function without a qualifier, which these operations do not take. */
  const unqualified = (call: LambdaCall, action: string): CalledFunction => {
    const target = calledFunction(call)
    call.demand({ action: `lambda:${action}`, resource: target.definition.arn })
    if (target.qualifier === undefined) return target
    throw new AwsError(
      400,
      'InvalidParameterValueException',
      'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
    )
  }
  /** Returns the version or alias. */
  const qualified = (call: LambdaCall, action: string): { target: CalledFunction; qualifier: string } => {
    const target = calledFunction(call)
    call.demand({ action: `lambda:${action}`, resource: target.definition.arn })
    const { qualifier } = target
    if (qualifier !== undefined) return { target, qualifier }
    throw new AwsError(400, 'ValidationException', 'Qualifier: expected a version or an alias, got none')
  }

  return [
    {
      method: 'PUT',
      path: /^\/2017-10-31\/functions\/([^/]+)\/concurrency$/,
      async run(call) {
        const { concurrency } = controlOf(unqualified(call, 'PutFunctionConcurrency'))
        const count = wholeNumber(await call.input(), 'ReservedConcurrentExecutions', { least: 0 })
        concurrency.reserve(count)
        return { status: 200, output: { ReservedConcurrentExecutions: count } }
      },
    },
    {
      method: 'GET',
      path: /^\/2019-09-30\/functions\/([^/]+)\/concurrency$/,
      async run(call) {
        const { concurrency } = controlOf(unqualified(call, 'GetFunctionConcurrency'))
        return { status: 200, output: { ReservedConcurrentExecutions: concurrency.reservation } }
      },
    },
    {
      method: 'DELETE',
      path: /^\/2017-10-31\/functions\/([^/]+)\/concurrency$/,
      async run(call) {
        controlOf(unqualified(call, 'DeleteFunctionConcurrency')).concurrency.reserve(undefined)
        return { status: 204 }
      },
    },
    {
      method: 'PUT',
      path: PROVISIONED,
      async run(call) {
        const { target, qualifier } = qualified(call, 'PutProvisionedConcurrencyConfig')
        const count = wholeNumber(await call.input(), 'ProvisionedConcurrentExecutions', { least: 1 })
        return { status: 202, output: describe(controlOf(target).provisioned.put(qualifier, count)) }
      },
    },
    {
      method: 'GET',
      path: PROVISIONED,
      async run(call) {
        if (call.query.get('List') === 'ALL') {
          const target = unqualified(call, 'ListProvisionedConcurrencyConfigs')
          const { name } = target.definition
          const configs = [...controlOf(target).provisioned.all()].map(([qualifier, state]) => ({
            FunctionArn: functionArn({ name, qualifier }),
            ...describe(state),
          }))
          return { status: 200, output: { ProvisionedConcurrencyConfigs: configs } }
        }
        const { target, qualifier } = qualified(call, 'GetProvisionedConcurrencyConfig')
        const state = controlOf(target).provisioned.get(qualifier)
        if (state !== undefined) return { status: 200, output: describe(state) }
        throw new AwsError(
          404,
          'ProvisionedConcurrencyConfigNotFoundException',
          'No Provisioned Concurrency Config found for this function',
        )
      },
    },
    {
      method: 'DELETE',
      path: PROVISIONED,
      async run(call) {
        const { target, qualifier } = qualified(call, 'DeleteProvisionedConcurrencyConfig')
        controlOf(target).provisioned.delete(qualifier)
        return { status: 204 }
      },
    },
  ]
}

const PROVISIONED = /^\/2019-09-30\/functions\/([^/]+)\/provisioned-concurrency$/

function describe({ requested, allocated, status, failure, changedAt }: ProvisionedState): object {
  return {
    RequestedProvisionedConcurrentExecutions: requested,
    AvailableProvisionedConcurrentExecutions: allocated,
    AllocatedProvisionedConcurrentExecutions: allocated,
    Status: status,
    StatusReason: failure,
    LastModified: lambdaDate(changedAt),
  }
}
