/** What the API of ECS returns about services, deployments and tasks. */
import { runningTasks, type Service } from '../tasks/ecs-service.ts'
import type { Deployment } from '../tasks/rollout.ts'
import type { ServiceTask } from '../tasks/service-task.ts'

/** The JSON protocol has times as epoch seconds. */
const seconds = (milliseconds: number): number => milliseconds / 1000

export function describeService(service: Service): object {
  const { definition, desired, pending, rollout } = service
  const { minimumHealthyPercent, maximumPercent } = definition.limits
  return {
    serviceArn: definition.arn,
    serviceName: definition.name,
    clusterArn: definition.clusterArn,
    taskDefinition: rollout.primary.taskDefinitionArn,
    status: 'ACTIVE',
    launchType: 'FARGATE',
    desiredCount: desired,
    runningCount: runningTasks(service),
    pendingCount: pending,
    deploymentConfiguration: {
      minimumHealthyPercent,
      maximumPercent,
      deploymentCircuitBreaker: definition.breaker,
    },
    deployments: [
      describeDeployment(service, rollout.primary, 'PRIMARY'),
      ...rollout.older.map(deployment => describeDeployment(service, deployment, 'ACTIVE')),
    ],
    events: [],
  }
}

function describeDeployment(
  { tasks, desired, pending }: Service,
  { id, taskDefinitionArn, createdAt, rolloutState, rolloutStateReason, failedTasks }: Deployment,
  status: 'PRIMARY' | 'ACTIVE',
): object {
  return {
    id,
    status,
    taskDefinition: taskDefinitionArn,
    desiredCount: status === 'PRIMARY' ? desired : 0,
    runningCount: tasks.filter(task => task.deployment === id && !task.isStopping).length,
    pendingCount: status === 'PRIMARY' ? pending : 0,
    failedTasks,
    createdAt: seconds(createdAt),
    launchType: 'FARGATE',
    rolloutState,
    rolloutStateReason,
  }
}

export function describeTask({ definition }: Service, task: ServiceTask): object {
  return {
    taskArn: task.arn,
    clusterArn: definition.clusterArn,
    taskDefinitionArn: task.taskDefinitionArn,
    group: `service:${definition.name}`,
    startedBy: task.deployment,
    launchType: 'FARGATE',
    availabilityZone: task.zone,
    desiredStatus: task.isStopping ? 'STOPPED' : 'RUNNING',
    lastStatus: task.isStopping ? 'STOPPING' : 'RUNNING',
    healthStatus: task.health,
    startedAt: seconds(task.startedAt),
  }
}
