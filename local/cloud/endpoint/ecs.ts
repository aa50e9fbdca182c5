import { AwsError } from '../aws-error.ts'
import type { Service } from '../tasks/ecs-service.ts'
import type { ServiceTask } from '../tasks/service-task.ts'
import { describeService, describeTask } from './ecs-shapes.ts'
import type { JsonService, Need } from './service.ts'

interface Input {
  /** Of DescribeServices: names or ARNs. */
  readonly services?: readonly string[]
  /** Of UpdateService: a name or an ARN. */
  readonly service?: string
  readonly desiredCount?: number
  readonly forceNewDeployment?: boolean
  readonly taskDefinition?: string
  /** Of ListTasks. */
  readonly serviceName?: string
  readonly desiredStatus?: 'RUNNING' | 'STOPPED'
  /** Of DescribeTasks: ids or ARNs. */
  readonly tasks?: readonly string[]
  /** Of StopTask: an id or an ARN. */
  readonly task?: string
}

/** Makes the service of Amazon ECS: DescribeServices, UpdateService, ListTasks, DescribeTasks and StopTask. */
export function ecsService(services: readonly Service[]): JsonService {
  const find = (nameOrArn: string): Service | undefined =>
    services.find(({ definition }) => definition.name === nameOrArn || definition.arn === nameOrArn)
  const findTask = (idOrArn: string): readonly [Service, ServiceTask] | undefined => {
    for (const service of services) {
      const task = service.tasks.find(({ id, arn }) => id === idOrArn || arn === idOrArn)
      if (task !== undefined) return [service, task]
    }
    return undefined
  }
  const existing = (name = ''): Service => {
    const service = find(name)
    if (service === undefined) throw new AwsError(400, 'ServiceNotFoundException', 'Service not found.')
    return service
  }
  const missing = (names: readonly string[]) => names.map(arn => ({ arn, reason: 'MISSING' }))

  const operations: Readonly<Record<string, (input: Input) => object>> = {
    DescribeServices({ services: asked = [] }) {
      const found = asked.map(find).filter(service => service !== undefined)
      return {
        services: found.map(describeService),
        failures: missing(asked.filter(name => find(name) === undefined)),
      }
    },
    UpdateService({ service: name, desiredCount, forceNewDeployment, taskDefinition }) {
      const service = existing(name)
      const next = taskDefinition === undefined ? undefined : definitionOf(service, taskDefinition)
      if (desiredCount !== undefined) service.setDesired(desiredCount)
      const current = service.rollout.primary.taskDefinitionArn
      if (forceNewDeployment === true || (next ?? current) !== current) service.deploy(next ?? current)
      return { service: describeService(service) }
    },
    ListTasks({ serviceName, desiredStatus = 'RUNNING' }) {
      const of = serviceName === undefined ? services : [existing(serviceName)]
      const tasks = of.flatMap(service => service.tasks)
      return {
        taskArns: tasks
          .filter(({ isStopping }) => isStopping === (desiredStatus === 'STOPPED'))
          .map(({ arn }) => arn),
      }
    },
    DescribeTasks({ tasks: asked = [] }) {
      const found = asked.map(findTask).filter(task => task !== undefined)
      return {
        tasks: found.map(([service, task]) => describeTask(service, task)),
        failures: missing(asked.filter(name => findTask(name) === undefined)),
      }
    },
    StopTask({ task: name = '' }) {
      const found = findTask(name)
      if (found === undefined) {
        throw new AwsError(400, 'InvalidParameterException', 'The referenced task was not found.')
      }
      const [service, task] = found
      service.stopTask(task.id)
      return { task: describeTask(service, task) }
    },
  }
  return {
    target: 'AmazonEC2ContainerServiceV20141113',
    operation(name) {
      const run = operations[name]
      return run === undefined ? undefined : async input => run(input)
    },
    needs: (operation, input) => needsOf(operation, input, find, findTask),
  }
}

/** @throws AwsError when the stack has no such task definition. */
function definitionOf({ definition }: Service, arnOrFamily: string): string {
  const arns = [...definition.taskDefinitions.keys()]
  const found = arns.find(arn => arn === arnOrFamily || familyOf(arn) === arnOrFamily)
  if (found === undefined) throw new AwsError(400, 'ClientException', 'Unable to describe task definition.')
  return found
}

/** Returns the family of `arn:…:task-definition/family:revision`. */
function familyOf(arn: string): string | undefined {
  return /task-definition\/(.*):\d+$/.exec(arn)?.[1]
}

function needsOf(
  operation: string,
  input: Input,
  find: (name: string) => Service | undefined,
  findTask: (name: string) => readonly [Service, ServiceTask] | undefined,
): Need[] {
  const { service, services = [], task, tasks = [] } = input
  const resources = [
    ...[...(service === undefined ? [] : [service]), ...services].map(
      name => find(name)?.definition.arn ?? name,
    ),
    ...[...(task === undefined ? [] : [task]), ...tasks].map(name => findTask(name)?.[1].arn ?? name),
  ]
  // ListTasks names no resource of a policy here: it is about container instances, which Fargate does not have.
  return (resources.length === 0 ? ['*'] : resources).map(resource => ({
    action: `ecs:${operation}`,
    resource,
  }))
}
