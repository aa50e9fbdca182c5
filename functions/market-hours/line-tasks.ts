/** The tasks of a line: the desired count of an ECS service. */
import { DescribeServicesCommand, type ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs'
import type { MarketState } from '../../tables/control/market-state.ts'
import { change } from './aws-limit.ts'
import type { MarketResource } from './market-resource.ts'

/** @param name the name of the value. @throws Error at a read, if the service does not exist. */
export function lineTasks(ecs: ECSClient, cluster: string, service: string, name: string): MarketResource {
  return {
    kind: 'tasks',
    name,
    async read() {
      const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }))
      const [found] = services ?? []
      if (found === undefined)
        throw new Error(`cluster ${cluster}: expected the service ${service}, found none`)
      return { value: found.desiredCount ?? 0, running: found.runningCount ?? 0 }
    },
    apply: to => change(ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: Number(to) }))),
  }
}

/** Returns how many tasks of all lines do not run although their services should have them. */
export function missingTasks(found: MarketState['found']): number {
  const missing = found.map(({ kind, value, running = 0 }) =>
    kind === 'tasks' ? Math.max(0, Number(value) - running) : 0,
  )
  return missing.reduce((sum, each) => sum + each, 0)
}
