/**
 * Reserved and provisioned concurrency of functions. market-hours is the only writer: Application Auto Scaling is not used,
 * because two writers would undo each other's changes.
 */
import {
  DeleteFunctionConcurrencyCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetFunctionConcurrencyCommand,
  GetProvisionedConcurrencyConfigCommand,
  type LambdaClient,
  ProvisionedConcurrencyConfigNotFoundException,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda'
import { LIVE_ALIAS } from '../../contract/live-alias.ts'
import { change } from './aws-limit.ts'
import type { MarketResource, Reading } from './market-resource.ts'

/**
 * Reserved concurrency: executions that no other function takes, and the limit of the function. An account keeps at least 100
 * executions unreserved (Lambda API reference, PutFunctionConcurrency); Lambda refuses to reserve more.
 * @param name the name of the value.
 */
export function reservedConcurrency(
  client: LambdaClient,
  FunctionName: string,
  name: string,
): MarketResource {
  return {
    kind: 'reserved',
    name,
    async read() {
      const { ReservedConcurrentExecutions } = await client.send(
        new GetFunctionConcurrencyCommand({ FunctionName }),
      )
      return { value: ReservedConcurrentExecutions ?? 'none' }
    },
    async apply(to) {
      if (to === 'none') {
        await change(client.send(new DeleteFunctionConcurrencyCommand({ FunctionName })))
      } else {
        const put = { FunctionName, ReservedConcurrentExecutions: Number(to) }
        await change(client.send(new PutFunctionConcurrencyCommand(put)))
      }
    },
  }
}

/**
 * Provisioned concurrency: environments of the alias `live` that are ready. Lambda takes minutes to make them. It allows none for
 * the version $LATEST, and no fewer than one: zero is no configuration (Lambda API reference, PutProvisionedConcurrencyConfig).
 * @param name the name of the value.
 */
export function provisionedConcurrency(
  client: LambdaClient,
  FunctionName: string,
  name: string,
): MarketResource {
  const alias = { FunctionName, Qualifier: LIVE_ALIAS }
  return {
    kind: 'provisioned',
    name,
    async read(): Promise<Reading> {
      try {
        const config = await client.send(new GetProvisionedConcurrencyConfigCommand(alias))
        const { Status, RequestedProvisionedConcurrentExecutions, AvailableProvisionedConcurrentExecutions } =
          config
        // A failed configuration has no environments. It counts as zero, so that the next run asks again.
        const value = Status === 'FAILED' ? 0 : (RequestedProvisionedConcurrentExecutions ?? 0)
        return { value, running: AvailableProvisionedConcurrentExecutions ?? 0 }
      } catch (error) {
        if (error instanceof ProvisionedConcurrencyConfigNotFoundException) return { value: 'none' }
        throw error
      }
    },
    async apply(to) {
      if (to === 'none') {
        await change(client.send(new DeleteProvisionedConcurrencyConfigCommand(alias)))
      } else {
        const put = { ...alias, ProvisionedConcurrentExecutions: Number(to) }
        await change(client.send(new PutProvisionedConcurrencyConfigCommand(put)))
      }
    },
  }
}
