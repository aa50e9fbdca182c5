/** Decides which tasks of a service stop and start next, as the scheduler of ECS does. Pure: no process, no clock. */

export type Health = 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN'

/** A task that has not ended. */
export interface PlacedTask {
  readonly id: string
  /** Id of the deployment that started it. */
  readonly deployment: string
  readonly zone: string
  /** The task was asked to stop. It counts as a task until it has ended, and never as a healthy task. */
  readonly isStopping: boolean
  readonly health: Health
}

/** Limits of the deployment configuration (ECS API reference, DeploymentConfiguration). */
export interface RollingLimits {
  /** Share of the desired count that stays healthy, percent; the count is rounded up. */
  readonly minimumHealthyPercent: number
  /** Share of the desired count that runs at most, percent; the count is rounded down. */
  readonly maximumPercent: number
}

export interface ServiceView {
  readonly desired: number
  readonly limits: RollingLimits
  /** Id of the deployment whose tasks are to run. The others are replaced. */
  readonly primary: string
  /** The primary deployment has failed: it starts no task. */
  readonly isStalled: boolean
  /** Oldest first. */
  readonly tasks: readonly PlacedTask[]
}

export interface NextSteps {
  /** Ids of the tasks to stop. */
  readonly stop: readonly string[]
  /** Number of tasks of the primary deployment to start. */
  readonly start: number
}

const isHealthy = ({ health }: PlacedTask): boolean => health === 'HEALTHY'
const isUnhealthy = ({ health }: PlacedTask): boolean => health === 'UNHEALTHY'

/** Returns the tasks that can stop and start now. Each change of a task allows further steps. */
export function nextSteps(view: ServiceView): NextSteps {
  const { desired, primary, isStalled, tasks } = view
  const live = tasks.filter(({ isStopping }) => !isStopping)
  const own = live.filter(({ deployment }) => deployment === primary)
  const useful = own.filter(task => !isUnhealthy(task))
  const { maximum } = countsOf(view)
  const missing = isStalled ? 0 : Math.max(0, desired - useful.length)
  const start = Math.min(missing, Math.max(0, maximum - tasks.length))
  return {
    stop: [
      ...outdated(view, live),
      ...unhealthy(view, own, live, missing > start),
      ...excess(desired, useful),
    ],
    start,
  }
}

function countsOf({ desired, limits }: ServiceView): { readonly minimum: number; readonly maximum: number } {
  return {
    minimum: Math.ceil((desired * limits.minimumHealthyPercent) / 100),
    maximum: Math.floor((desired * limits.maximumPercent) / 100),
  }
}

/** Returns the tasks of earlier deployments that are not needed for the minimum of healthy tasks. */
function outdated(view: ServiceView, live: readonly PlacedTask[]): string[] {
  if (view.isStalled) return []
  const older = live.filter(({ deployment }) => deployment !== view.primary)
  const spare = Math.max(0, live.filter(isHealthy).length - countsOf(view).minimum)
  return [...older.filter(task => !isHealthy(task)), ...older.filter(isHealthy).slice(0, spare)].map(
    ({ id }) => id,
  )
}

/**
 * Returns the unhealthy tasks that are replaced, or that take the place of their own replacement. An unhealthy task runs
 * on until its replacement is healthy, if there is room for both (ECS developer guide, Amazon ECS services).
 */
function unhealthy(
  { desired }: ServiceView,
  own: readonly PlacedTask[],
  live: readonly PlacedTask[],
  lacksRoom: boolean,
): string[] {
  const failing = own.filter(isUnhealthy).map(({ id }) => id)
  if (live.filter(isHealthy).length >= desired) return failing
  return lacksRoom ? failing.slice(0, 1) : []
}

/** Returns the tasks above the desired count: not healthy ones first, then the newest. */
function excess(desired: number, useful: readonly PlacedTask[]): string[] {
  return [...useful.filter(isHealthy), ...useful.filter(task => !isHealthy(task))]
    .slice(desired)
    .map(({ id }) => id)
}

/** Returns whether the primary deployment has completed: its tasks are healthy, and there are no others. */
export function isSteady({ desired, primary, tasks }: ServiceView): boolean {
  return (
    tasks.every(({ deployment }) => deployment === primary) &&
    tasks.filter(task => isHealthy(task) && !task.isStopping).length >= desired
  )
}

/** Returns the zone with the fewest tasks of the service; of several, the zone with the fewest tasks of `deployment`. */
export function zoneFor(
  zones: readonly string[],
  tasks: readonly Pick<PlacedTask, 'zone' | 'deployment'>[],
  deployment: string,
): string {
  const inZone = (zone: string) => tasks.filter(task => task.zone === zone)
  const own = (zone: string): number => inZone(zone).filter(task => task.deployment === deployment).length
  return zones.toSorted((a, b) => inZone(a).length - inZone(b).length || own(a) - own(b))[0]!
}
