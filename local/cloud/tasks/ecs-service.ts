/** An ECS service: keeps the desired number of tasks running, and replaces them by rolling deployments. */
import { randomInt } from 'node:crypto'
import type { TaskDefinition } from './ecs-task.ts'
import { isSteady, nextSteps, type RollingLimits, type ServiceView, zoneFor } from './rolling-update.ts'
import {
  type CircuitBreaker,
  deploy,
  firstRollout,
  newDeployment,
  noteFailed,
  noteHealthy,
  type Rollout,
  settle,
} from './rollout.ts'
import { RunningTask, type ServiceTask } from './service-task.ts'

export interface ServiceDefinition {
  readonly logicalId: string
  readonly name: string
  readonly arn: string
  readonly clusterArn: string
  readonly desiredCount: number
  readonly limits: RollingLimits
  readonly breaker: CircuitBreaker
  /** Zones of the service's subnets. Each task runs in the zone with the fewest tasks. */
  readonly zones: readonly string[]
  readonly taskDefinitionArn: string
  /** The task definitions that a deployment of this service may use, by ARN. */
  readonly taskDefinitions: ReadonlyMap<string, TaskDefinition>
  readonly log: (text: string | Uint8Array) => void
}

export interface Service {
  readonly definition: ServiceDefinition
  readonly desired: number
  readonly rollout: Rollout
  /** Tasks that wait for their start. */
  readonly pending: number
  /** The tasks that have not ended, oldest first. */
  readonly tasks: readonly ServiceTask[]
  /** Sets the desired number of tasks. Returns before the tasks have started or stopped. */
  setDesired(count: number): void
  /** Replaces the tasks by tasks of this definition, within the limits of the service. */
  deploy(taskDefinitionArn: string): void
  /** Stops one task, which the service replaces. */
  stopTask(id: string): void
  close(): Promise<void>
}

/** Pause before an ended task is replaced. ECS takes longer: it places the task and pulls the image. */
const RESTART_MS = 500

/** Returns the number of tasks that run and are not being stopped. */
export function runningTasks({ tasks }: Service): number {
  return tasks.filter(({ isStopping }) => !isStopping).length
}

const deploymentId = (): string => `ecs-svc/${randomInt(1e12)}`

export function startService(definition: ServiceDefinition): Service {
  const service = new LocalService(definition)
  service.setDesired(definition.desiredCount)
  return service
}

class LocalService implements Service {
  readonly definition: ServiceDefinition
  #desired = 0
  #rollout: Rollout
  readonly #tasks = new Map<string, RunningTask>()
  readonly #stopping = new Set<Promise<void>>()
  #restart: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(definition: ServiceDefinition) {
    this.definition = definition
    this.#rollout = firstRollout(newDeployment(deploymentId(), definition.taskDefinitionArn, Date.now()))
  }

  get desired(): number {
    return this.#desired
  }

  get rollout(): Rollout {
    return this.#rollout
  }

  get pending(): number {
    return this.#restart === undefined ? 0 : nextSteps(this.#view()).start
  }

  get tasks(): readonly RunningTask[] {
    return [...this.#tasks.values()]
  }

  setDesired(count: number): void {
    this.#desired = count
    this.#adjust()
  }

  deploy(taskDefinitionArn: string): void {
    this.#rollout = deploy(this.#rollout, newDeployment(deploymentId(), taskDefinitionArn, Date.now()))
    this.#adjust()
  }

  stopTask(id: string): void {
    const task = this.#tasks.get(id)
    if (task !== undefined) this.#stop(task)
    this.#adjust()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#restart)
    for (const task of this.tasks) this.#stop(task)
    await Promise.all(this.#stopping)
  }

  #view(): ServiceView {
    const { primary } = this.#rollout
    return {
      desired: this.#desired,
      limits: this.definition.limits,
      primary: primary.id,
      isStalled: primary.rolloutState === 'FAILED',
      tasks: this.tasks,
    }
  }

  /** Starts and stops tasks as far as that is possible now. Every change of a task leads here again. */
  #adjust(): void {
    if (this.#isClosed) return
    const { stop, start } = nextSteps(this.#view())
    for (const id of stop) this.#stop(this.#tasks.get(id)!)
    if (this.#restart === undefined) for (let count = 0; count < start; count++) this.#start()
    const running = new Set(this.tasks.map(({ deployment }) => deployment))
    const before = this.#rollout.primary.rolloutState
    this.#rollout = settle(this.#rollout, isSteady(this.#view()), running)
    const { rolloutState, rolloutStateReason } = this.#rollout.primary
    if (rolloutState !== before) this.definition.log(`${rolloutStateReason}\n`)
  }

  #start(): void {
    const { zones, log, clusterArn, taskDefinitions } = this.definition
    const { id, taskDefinitionArn } = this.#rollout.primary
    const task = new RunningTask({
      definition: taskDefinitions.get(taskDefinitionArn)!,
      deployment: id,
      zone: zoneFor(zones, this.tasks, id),
      cluster: clusterArn.split('/').at(-1)!,
      log,
      healthChanged: changed => this.#takeHealth(changed),
      ended: gone => this.#takeEnd(gone),
    })
    this.#tasks.set(task.id, task)
  }

  #stop(task: RunningTask): void {
    if (task.isStopping) return
    const stopped = task.stop().then(() => void this.#stopping.delete(stopped))
    this.#stopping.add(stopped)
  }

  #takeHealth(task: RunningTask): void {
    const { health, deployment } = task
    if (health === 'HEALTHY') this.#rollout = noteHealthy(this.#rollout, deployment)
    else {
      this.definition.log(`task is unhealthy: ${task.id}\n`)
      this.#noteFailed(deployment)
    }
    this.#adjust()
  }

  #takeEnd(task: RunningTask): void {
    this.#tasks.delete(task.id)
    if (!task.isStopping && !this.#isClosed) {
      if (!task.wasHealthy) this.#noteFailed(task.deployment)
      clearTimeout(this.#restart)
      this.#restart = setTimeout(() => {
        this.#restart = undefined
        this.#adjust()
      }, RESTART_MS)
    }
    this.#adjust()
  }

  #noteFailed(deployment: string): void {
    const before = this.#rollout.primary
    this.#rollout = noteFailed(this.#rollout, deployment, this.definition.breaker, this.#desired)
    const { primary } = this.#rollout
    if (primary.id !== before.id || primary.rolloutState !== before.rolloutState)
      this.definition.log(`${primary.rolloutStateReason}\n`)
  }
}
