/** The parts of a simulated account, and the errors of AWS. */
import type { EpochMicros } from '../../market/units.ts'

/** An error as an SDK client throws it. */
export class AwsFault extends Error {
  constructor(name: string, message: string) {
    super(message)
    this.name = name
  }
}

/** A value that holds from `at` on. */
export interface Changing<T> {
  readonly value: T
  readonly at: EpochMicros
}

export interface Line {
  desired: number
  /** When each task works. */
  tasks: EpochMicros[]
}

export interface LambdaFunction {
  reserved: number | undefined
  provisioned: Changing<number> | undefined
}

export interface Mapping {
  enabled: boolean
  window: number
  changesUntil: EpochMicros
}

export interface Table {
  writes: number
  /** Write units a second that the table takes until its change has ended. */
  old: number
  changesUntil: EpochMicros
}

/** The members of a schedule that UpdateSchedule replaces (EventBridge Scheduler API reference). */
export interface Schedule {
  readonly ScheduleExpression: string
  readonly ScheduleExpressionTimezone: string
  readonly FlexibleTimeWindow: object
  readonly Target: object
  State: string
}

/** Returns a part of an account. @throws AwsFault if it does not exist. */
export function known<T>(map: ReadonlyMap<string, T>, name: string): T {
  const found = map.get(name)
  if (found === undefined) throw new AwsFault('ResourceNotFoundException', `${name} does not exist`)
  return found
}
