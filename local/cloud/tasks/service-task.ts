/** A task of a service: its process, its health, and what ECS knows about it. */
import { randomBytes } from 'node:crypto'
import { arn } from '../template/place.ts'
import { watchHealth } from './container-health.ts'
import { startTask, type TaskDefinition, type TaskProcess } from './ecs-task.ts'
import type { Health, PlacedTask } from './rolling-update.ts'

export interface ServiceTask extends PlacedTask {
  readonly arn: string
  readonly taskDefinitionArn: string
  /** Epoch milliseconds, real time. */
  readonly startedAt: number
  /** Process id; absent when the program did not start. */
  readonly pid: number | undefined
  /** Sends a signal to the process. */
  kill(signal: NodeJS.Signals): void
}

export interface TaskOptions {
  readonly definition: TaskDefinition
  readonly deployment: string
  readonly zone: string
  /** Name of the cluster. */
  readonly cluster: string
  readonly log: (text: string | Uint8Array) => void
  healthChanged(task: RunningTask): void
  ended(task: RunningTask): void
}

/** Length of a task id, bytes. */
const ID_BYTES = 16

export class RunningTask implements ServiceTask {
  readonly id = randomBytes(ID_BYTES).toString('hex')
  readonly arn: string
  readonly taskDefinitionArn: string
  readonly deployment: string
  readonly zone: string
  readonly startedAt = Date.now()
  readonly #process: TaskProcess
  #health: Health = 'UNKNOWN'
  #wasHealthy = false
  #isStopping = false

  /** Starts the process. */
  constructor({ definition, deployment, zone, cluster, log, healthChanged, ended }: TaskOptions) {
    this.arn = arn('ecs', `task/${cluster}/${this.id}`)
    this.taskDefinitionArn = definition.arn
    this.deployment = deployment
    this.zone = zone
    this.#process = startTask(definition, log)
    void watchHealth(definition, this.#process, health => {
      this.#health = health
      this.#wasHealthy ||= health === 'HEALTHY'
      healthChanged(this)
    })
    void this.#process.ended.then(() => ended(this))
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  get health(): Health {
    return this.#health
  }

  /** The task was healthy at some time. */
  get wasHealthy(): boolean {
    return this.#wasHealthy
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  /** Ends the task in an orderly way. Resolves when it has ended. */
  stop(): Promise<void> {
    this.#isStopping = true
    return this.#process.stop()
  }
}
