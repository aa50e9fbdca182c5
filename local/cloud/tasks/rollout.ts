/** The deployments of a service, with the circuit breaker that ends and rolls back a failing deployment. Pure. */

export interface Deployment {
  readonly id: string
  readonly taskDefinitionArn: string
  /** Epoch milliseconds, real time. */
  readonly createdAt: number
  readonly rolloutState: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED'
  readonly rolloutStateReason: string
  /** Tasks in a row that ended or became unhealthy before a task was healthy. */
  readonly failedTasks: number
}

export interface CircuitBreaker {
  readonly enable: boolean
  readonly rollback: boolean
}

export interface Rollout {
  /** The deployment whose tasks are to run. */
  readonly primary: Deployment
  /** Earlier deployments that still have tasks, newest first. */
  readonly older: readonly Deployment[]
  /** The latest completed deployment. Absent while a rollback to it is in progress: it does not start a second rollback. */
  readonly completed: Deployment | undefined
}

/**
 * Failed tasks after which a deployment fails: half of the desired count, between these bounds (ECS developer guide, How
 * the Amazon ECS deployment circuit breaker detects failures).
 */
const MIN_THRESHOLD = 3
const MAX_THRESHOLD = 200

/** Returns the number of failed tasks in a row after which a deployment fails. */
export function failureThreshold(desired: number): number {
  return Math.min(MAX_THRESHOLD, Math.max(MIN_THRESHOLD, Math.ceil(desired / 2)))
}

/** Returns a deployment at its start. */
export function newDeployment(id: string, taskDefinitionArn: string, createdAt: number): Deployment {
  const rolloutStateReason = `ECS deployment ${id} in progress.`
  return { id, taskDefinitionArn, createdAt, rolloutState: 'IN_PROGRESS', rolloutStateReason, failedTasks: 0 }
}

export function firstRollout(primary: Deployment): Rollout {
  return { primary, older: [], completed: undefined }
}

/** Makes `deployment` the primary one. */
export function deploy({ primary, older, completed }: Rollout, deployment: Deployment): Rollout {
  return { primary: deployment, older: [primary, ...older], completed }
}

/** Notes that a task of the deployment `id` is healthy. */
export function noteHealthy(rollout: Rollout, id: string): Rollout {
  const { primary } = rollout
  return primary.id === id ? { ...rollout, primary: { ...primary, failedTasks: 0 } } : rollout
}

/** Notes that a task of the deployment `id` has ended or become unhealthy. A completed deployment cannot fail. */
export function noteFailed(rollout: Rollout, id: string, breaker: CircuitBreaker, desired: number): Rollout {
  const { primary, older, completed } = rollout
  if (primary.id !== id || primary.rolloutState !== 'IN_PROGRESS') return rollout
  const failing = { ...primary, failedTasks: primary.failedTasks + 1 }
  if (!breaker.enable || failing.failedTasks < failureThreshold(desired))
    return { ...rollout, primary: failing }
  const failed: Deployment = {
    ...failing,
    rolloutState: 'FAILED',
    rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.',
  }
  if (!breaker.rollback || completed === undefined) return { ...rollout, primary: failed }
  const restored: Deployment = {
    ...completed,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: `ECS deployment circuit breaker: rolling back to deploymentId ${completed.id}.`,
    failedTasks: 0,
  }
  return {
    primary: restored,
    older: [failed, ...older.filter(deployment => deployment.id !== restored.id)],
    completed: undefined,
  }
}

/**
 * Completes the primary deployment if it is steady, and drops earlier deployments without tasks.
 * @param running ids of the deployments that have tasks.
 */
export function settle(rollout: Rollout, isSteady: boolean, running: ReadonlySet<string>): Rollout {
  const older = rollout.older.filter(({ id }) => running.has(id))
  const { primary } = rollout
  if (!isSteady || primary.rolloutState !== 'IN_PROGRESS') return { ...rollout, older }
  const completed: Deployment = {
    ...primary,
    rolloutState: 'COMPLETED',
    rolloutStateReason: `ECS deployment ${primary.id} completed.`,
  }
  return { primary: completed, older, completed }
}
