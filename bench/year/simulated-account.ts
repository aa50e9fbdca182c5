/**
 * A simulated AWS account with everything that market-hours changes. Changes take their time, and what AWS refuses is refused
 * here with the same error. A call that AWS would refuse at any time also counts as a broken limit.
 */
import { ProvisionedConcurrencyConfigNotFoundException } from '@aws-sdk/client-lambda'
import type { EpochMicros } from '../../market/units.ts'
import {
  AwsFault,
  known,
  type LambdaFunction,
  type Line,
  type Mapping,
  type Schedule,
  type Table,
} from './account-parts.ts'
import { SimulatedAlarms } from './simulated-alarms.ts'

const SECOND = 1_000_000
/** Market time from the request to a task that works, µs: Fargate places the task, pulls the image and starts it. */
export const TASK_START = 60 * SECOND
/** Market time until a change of shards, of a mapping, of a table or of provisioned concurrency has ended, µs. */
const SHARDS_CHANGE = 60 * SECOND
const MAPPING_CHANGE = 60 * SECOND
export const TABLE_CHANGE = 600 * SECOND
export const PROVISIONED_CHANGE = 180 * SECOND
/** UpdateShardCount calls in 24 hours (Kinesis quotas). */
const SHARD_CALLS = 10
const DAY = 86_400 * SECOND
/** Executions of an account, and those that stay unreserved (Lambda quotas; PutFunctionConcurrency). */
const ACCOUNT_EXECUTIONS = 1_000
const UNRESERVED = 100

export class SimulatedAccount {
  now: EpochMicros
  /** Limits of AWS that a call did not keep. */
  readonly broken: string[] = []
  readonly lines = new Map<string, Line>()
  readonly shards = { open: 1, changesUntil: 0, calls: [] as EpochMicros[] }
  readonly functions = new Map<string, LambdaFunction>()
  readonly mappings = new Map<string, Mapping>()
  readonly tables = new Map<string, Table>()
  readonly alarms: SimulatedAlarms
  /** The schedule of the canary. */
  readonly canary: Schedule = {
    ScheduleExpression: 'cron(* * * * ? *)',
    ScheduleExpressionTimezone: 'Asia/Tokyo',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: 'canary:live', RoleArn: 'schedules', RetryPolicy: { MaximumRetryAttempts: 0 } },
    State: 'DISABLED',
  }

  constructor(now: EpochMicros, alarms: readonly string[]) {
    this.now = now
    this.alarms = new SimulatedAlarms(alarms)
  }

  /** Returns the tasks of a line that work. */
  working(line: string): number {
    return this.#line(line).tasks.filter(at => at <= this.now).length
  }

  /** Returns the environments of a function that are ready. */
  ready(name: string): number {
    const { provisioned } = this.#function(name)
    return provisioned !== undefined && provisioned.at <= this.now ? provisioned.value : 0
  }

  /** Returns the write units a second that a table takes at once. */
  warm(name: string): number {
    const { writes, old, changesUntil } = this.#table(name)
    return changesUntil > this.now ? old : writes
  }

  describeService(name: string): object {
    const { desired } = this.#line(name)
    return { services: [{ serviceName: name, desiredCount: desired, runningCount: this.working(name) }] }
  }

  updateService(name: string, desired: number): object {
    const line = this.#line(name)
    line.desired = desired
    while (line.tasks.length < desired) line.tasks.push((this.now + TASK_START) as EpochMicros)
    line.tasks = line.tasks.toSorted((a, b) => a - b).slice(0, desired)
    return {}
  }

  describeStream(): object {
    const { open, changesUntil } = this.shards
    const StreamStatus = changesUntil > this.now ? 'UPDATING' : 'ACTIVE'
    return { StreamDescriptionSummary: { OpenShardCount: open, StreamStatus } }
  }

  updateShards(to: number): object {
    const { shards, now } = this
    if (shards.changesUntil > now) throw new AwsFault('ResourceInUseException', 'the stream is being changed')
    shards.calls = shards.calls.filter(at => at > now - DAY)
    if (shards.calls.length >= SHARD_CALLS)
      throw new AwsFault('LimitExceededException', `${SHARD_CALLS} calls in 24 hours`)
    if (to > 2 * shards.open || to < shards.open / 2)
      throw this.#break('InvalidArgumentException', `${shards.open} to ${to} shards in one call`)
    shards.calls.push(now)
    shards.open = to
    shards.changesUntil = now + SHARDS_CHANGE
    return {}
  }

  getReserved(name: string): object {
    return { ReservedConcurrentExecutions: this.#function(name).reserved }
  }

  putReserved(name: string, to: number | undefined): object {
    const fn = this.#function(name)
    const others = [...this.functions].filter(([other]) => other !== name)
    const reserved = others.reduce((sum, [, { reserved }]) => sum + (reserved ?? 0), to ?? 0)
    if (reserved > ACCOUNT_EXECUTIONS - UNRESERVED)
      throw this.#break('InvalidParameterValueException', `${reserved} reserved executions`)
    if (to !== undefined && to < (fn.provisioned?.value ?? 0))
      throw this.#break(
        'InvalidParameterValueException',
        `${name}: ${to} reserved, ${fn.provisioned?.value} provisioned`,
      )
    fn.reserved = to
    return {}
  }

  getProvisioned(name: string): object {
    const { provisioned } = this.#function(name)
    if (provisioned === undefined)
      throw new ProvisionedConcurrencyConfigNotFoundException({ message: `${name} has none`, $metadata: {} })
    const isReady = provisioned.at <= this.now
    return {
      Status: isReady ? 'READY' : 'IN_PROGRESS',
      RequestedProvisionedConcurrentExecutions: provisioned.value,
      AvailableProvisionedConcurrentExecutions: isReady ? provisioned.value : 0,
    }
  }

  putProvisioned(name: string, to: number): object {
    const fn = this.#function(name)
    if (to < 1) throw this.#break('ValidationException', `${name}: ${to} provisioned`)
    if (fn.reserved !== undefined && to > fn.reserved)
      throw this.#break(
        'InvalidParameterValueException',
        `${name}: ${to} provisioned, ${fn.reserved} reserved`,
      )
    fn.provisioned = { value: to, at: (this.now + PROVISIONED_CHANGE) as EpochMicros }
    return {}
  }

  deleteProvisioned(name: string): object {
    this.#function(name).provisioned = undefined
    return {}
  }

  getMapping(id: string): object {
    const { enabled, window, changesUntil } = this.#mapping(id)
    const isChanging = changesUntil > this.now
    const State = isChanging ? 'Updating' : enabled ? 'Enabled' : 'Disabled'
    return { State, MaximumBatchingWindowInSeconds: window }
  }

  updateMapping(id: string, enabled: boolean | undefined, window: number | undefined): object {
    const mapping = this.#mapping(id)
    if (mapping.changesUntil > this.now)
      throw new AwsFault('ResourceInUseException', `${id} is being changed`)
    mapping.enabled = enabled ?? mapping.enabled
    mapping.window = window ?? mapping.window
    mapping.changesUntil = (this.now + MAPPING_CHANGE) as EpochMicros
    return {}
  }

  describeTable(name: string): object {
    const { writes, changesUntil } = this.#table(name)
    const Status = changesUntil > this.now ? 'UPDATING' : 'ACTIVE'
    return { Table: { TableStatus: 'ACTIVE', WarmThroughput: { WriteUnitsPerSecond: writes, Status } } }
  }

  updateTable(name: string, writes: number): object {
    const table = this.#table(name)
    if (table.changesUntil > this.now)
      throw new AwsFault('ResourceInUseException', `${name} is being changed`)
    if (writes < table.writes)
      throw this.#break('ValidationException', `${name}: warm throughput cannot fall`)
    table.old = table.writes
    table.writes = writes
    table.changesUntil = (this.now + TABLE_CHANGE) as EpochMicros
    return {}
  }

  describeSchedule(Name: string): object {
    return { Name, GroupName: 'default', Arn: `schedule/${Name}`, ...this.canary }
  }

  /** A schedule that loses one of its settings would never invoke the canary as planned again. */
  updateSchedule(input: Partial<Schedule>): object {
    const { State: _, ...settings } = this.canary
    const given = Object.fromEntries(Object.keys(settings).map(key => [key, input[key as keyof Schedule]]))
    if (JSON.stringify(given) !== JSON.stringify(settings))
      throw this.#break('ValidationException', `the schedule became ${JSON.stringify(given)}`)
    this.canary.State = input.State ?? 'ENABLED'
    return {}
  }

  #break(name: string, message: string): AwsFault {
    this.broken.push(`${name}: ${message}`)
    return new AwsFault(name, message)
  }

  #line(name: string): Line {
    return known(this.lines, name)
  }
  #function(name: string): LambdaFunction {
    return known(this.functions, name)
  }
  #mapping(name: string): Mapping {
    return known(this.mappings, name)
  }
  #table(name: string): Table {
    return known(this.tables, name)
  }
}
