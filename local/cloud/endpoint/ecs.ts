import { AwsError } from '../aws-error.ts'
import type { Service } from '../tasks/ecs-service.ts'
import type { JsonService } from './service.ts'

interface DescribeInput {
  readonly services: readonly string[]
}
interface UpdateInput {
  readonly service: string
  readonly desiredCount?: number
  readonly forceNewDeployment?: boolean
}

/** Makes the service of Amazon ECS: DescribeServices and UpdateService. */
export function ecsService(services: readonly Service[]): JsonService {
  const find = (nameOrArn: string): Service | undefined =>
    services.find(({ definition }) => definition.name === nameOrArn || definition.arn === nameOrArn)

  const describe = ({ definition, desired, running }: Service): object => ({
    serviceArn: definition.arn,
    serviceName: definition.name,
    clusterArn: definition.clusterArn,
    taskDefinition: definition.taskDefinitionArn,
    status: 'ACTIVE',
    launchType: 'FARGATE',
    desiredCount: desired,
    runningCount: running,
    pendingCount: 0,
    deployments: [
      { status: 'PRIMARY', desiredCount: desired, runningCount: running, rolloutState: 'COMPLETED' },
    ],
    events: [],
  })

  const operations: Readonly<Record<string, (input: object) => Promise<object>>> = {
    async DescribeServices(input) {
      const asked = (input as DescribeInput).services
      const found = asked.map(find).filter(service => service !== undefined)
      const failures = asked
        .filter(name => find(name) === undefined)
        .map(name => ({ arn: name, reason: 'MISSING' }))
      return { services: found.map(describe), failures }
    },
    async UpdateService(input) {
      const { service: name, desiredCount, forceNewDeployment } = input as UpdateInput
      const service = find(name)
      if (service === undefined) throw new AwsError(400, 'ServiceNotFoundException', 'Service not found.')
      if (desiredCount !== undefined) service.setDesired(desiredCount)
      if (forceNewDeployment === true) service.redeploy()
      return { service: describe(service) }
    },
  }
  return {
    target: 'AmazonEC2ContainerServiceV20141113',
    operation: name => operations[name],
    needs(operation, input) {
      const { service, services: asked = [] } = input as { service?: string; services?: readonly string[] }
      const names = service === undefined ? asked : [service]
      return names.map(name => ({ action: `ecs:${operation}`, resource: find(name)?.definition.arn ?? name }))
    },
  }
}
