/** An ECS service: keeps the desired number of tasks running. */
import { pause } from '../pause.ts'
import { becomesUnhealthy } from './container-health.ts'
import { startTask, type TaskDefinition, type TaskProcess } from './ecs-task.ts'

export interface ServiceDefinition {
  readonly logicalId: string
  readonly name: string
  readonly arn: string
  readonly clusterArn: string
  readonly taskDefinitionArn: string
  readonly desiredCount: number
  readonly task: TaskDefinition
  readonly log: (text: string | Uint8Array) => void
}

export interface Service {
  readonly definition: ServiceDefinition
  readonly desired: number
  readonly running: number
  /** Sets the desired number of tasks. Returns before the tasks have started or stopped. */
  setDesired(count: number): void
  /** Stops the running tasks and starts others in their place. */
  redeploy(): void
  /** Sends a signal to the running tasks. The service replaces every task that ends. */
  kill(signal: NodeJS.Signals): void
  close(): Promise<void>
}

/** Pause before an ended task is replaced. ECS takes longer: it places the task and pulls the image. */
const RESTART_MS = 500

export function startService(definition: ServiceDefinition): Service {
  const tasks = new Set<TaskProcess>()
  const stopping = new Set<Promise<void>>()
  const closing = new AbortController()
  let desired = 0

  /** Starts and stops tasks. A task is replaced only after it has ended, so two never run in one place. */
  const adjust = (): void => {
    if (closing.signal.aborted) return
    for (const task of [...tasks].slice(desired)) stop(task)
    while (tasks.size + stopping.size < desired) start()
  }
  const start = (): void => {
    const task = startTask(definition.task, definition.log)
    tasks.add(task)
    void becomesUnhealthy(definition.task, task).then(isUnhealthy => {
      if (!isUnhealthy || !tasks.has(task)) return
      definition.log('task is unhealthy, stopping it\n')
      stop(task)
    })
    void task.ended.then(async () => {
      if (!tasks.delete(task)) return
      await pause(RESTART_MS, closing.signal)
      adjust()
    })
  }
  const stop = (task: TaskProcess): void => {
    tasks.delete(task)
    const stopped = task.stop().then(() => {
      stopping.delete(stopped)
      adjust()
    })
    stopping.add(stopped)
  }

  const service: Service = {
    definition,
    get desired() {
      return desired
    },
    get running() {
      return tasks.size
    },
    setDesired(count) {
      desired = count
      adjust()
    },
    redeploy() {
      for (const task of tasks) stop(task)
    },
    kill(signal) {
      for (const task of tasks) task.kill(signal)
    },
    async close() {
      closing.abort()
      for (const task of tasks) stop(task)
      await Promise.all(stopping)
    },
  }
  service.setDesired(definition.desiredCount)
  return service
}
