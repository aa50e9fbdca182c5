/** What market-hours reads and changes: values of AWS resources, each with a kind and a name. */

/**
 * Kinds of values. `tasks`: of a line. `shards`: of the stream. `reserved` and `provisioned`: concurrency of a function.
 * `mapping`: whether a function's event source mapping is enabled; `window`: its batching window in seconds. `warm`: write units
 * a second that a table takes at once. `canary`: whether its schedule is on. `alarms`: whether the alarms of trading notify
 * anybody.
 */
export const KINDS = [
  'tasks',
  'shards',
  'reserved',
  'provisioned',
  'mapping',
  'window',
  'warm',
  'canary',
  'alarms',
] as const
export type Kind = (typeof KINDS)[number]

/** A value of a resource. `none`: no reserved or no provisioned concurrency is set. `some`: alarms of both kinds. */
export type Value = number | boolean | 'none' | 'some'

/** A value and what it belongs to. */
export interface Wanted {
  readonly kind: Kind
  /** The line, function or table, unique within the kind. */
  readonly name: string
  readonly value: Value
}

/** A value as AWS has it. */
export interface Reading {
  readonly value: Value
  /** AWS is changing the resource, and refuses other changes meanwhile. */
  readonly busy?: boolean
  /** Running tasks of a line, or environments that are ready: less or more than the value until AWS has reached it. */
  readonly running?: number
}

/** A value as it is. */
export type Found = Wanted & Reading

export interface Move {
  readonly kind: Kind
  readonly name: string
  readonly from: Value
  readonly to: Value
}

/** A limit of AWS, or a change in progress, prevents a move for now. The next run makes it. */
export class Later extends Error {
  override readonly name = 'Later'
}

/** One value: how to read it, and how to change it. */
export interface MarketResource {
  readonly kind: Kind
  readonly name: string
  read(): Promise<Reading>
  /** @throws Later if the next run has to make the move. */
  apply(to: Value, from: Value): Promise<void>
}

/** Returns the name of a value for people, unique among all kinds. */
export function nameOf({ kind, name }: Pick<Wanted, 'kind' | 'name'>): string {
  return `${kind} ${name}`
}
