/** Plans the moves from what is to what is wanted, in an order that is safe. */
import { type Found, type Kind, type Move, nameOf, type Value, type Wanted } from './market-resource.ts'

/** One call may at most double or halve the shards of a stream (Kinesis API reference, UpdateShardCount). */
const MAX_STEP = 2

/**
 * Alarms that would notify of the end of trading go first, then the canary that would fail. Then consumers get larger before producers start, and producers
 * stop before consumers get smaller. The canary starts, and alarms of trading notify again, when all tasks are started.
 */
const ORDER: readonly (readonly [Kind, 'up' | 'down'])[] = [
  ['alarms', 'down'],
  ['canary', 'down'],
  ['warm', 'up'],
  ['reserved', 'up'],
  ['mapping', 'up'],
  ['window', 'up'],
  ['window', 'down'],
  ['shards', 'up'],
  ['provisioned', 'up'],
  ['tasks', 'up'],
  ['tasks', 'down'],
  ['provisioned', 'down'],
  ['reserved', 'down'],
  ['shards', 'down'],
  ['mapping', 'down'],
  ['canary', 'up'],
  ['alarms', 'up'],
]

/**
 * Kinds that the open market needs. Provisioned concurrency is a start that is already made, and follows the peaks. The canary is on
 * at each level with tasks.
 */
const NEEDED_WHEN_OPEN: ReadonlySet<Kind> = new Set(['tasks', 'shards', 'reserved', 'mapping', 'alarms'])
/** Kinds of consumers. They stay while a task runs that should not: what it publishes has to be read. */
const CONSUMERS: ReadonlySet<Kind> = new Set(['shards', 'provisioned', 'reserved', 'mapping'])

export interface MoveLimits {
  /** Nothing that the market needs becomes less. */
  readonly keepsAll: boolean
  /** Only slow moves are made, which nobody should wait for in the morning: warm throughput. */
  readonly maintenance: boolean
}

/**
 * Returns the next moves towards the wanted values, in order. A value that was not found gets none, and neither does one that
 * AWS is changing. A next run plans again from what is then.
 */
export function movesTo(
  wanted: readonly Wanted[],
  found: readonly Found[],
  { keepsAll, maintenance }: MoveLimits,
): Move[] {
  const byName = new Map(found.map(value => [nameOf(value), value]))
  const drains = wanted.some(
    target => target.kind === 'tasks' && target.value === 0 && tasksOf(byName.get(nameOf(target))) > 0,
  )
  const moves = wanted.flatMap((target): Move[] => {
    const now = byName.get(nameOf(target))
    if (now === undefined || now.busy === true) return []
    const move = moveOf(target, now)
    if (move === undefined || (maintenance && move.kind !== 'warm')) return []
    if (wayOf(move) === 'down') {
      if (keepsAll && NEEDED_WHEN_OPEN.has(move.kind)) return []
      if (drains && CONSUMERS.has(move.kind)) return []
    }
    return [move]
  })
  return ORDER.flatMap(([kind, way]) => moves.filter(move => move.kind === kind && wayOf(move) === way))
}

/** Returns the tasks of a line that run or will run. A line whose tasks could not be read may have some. */
function tasksOf(found: Found | undefined): number {
  return found === undefined ? 1 : Math.max(Number(found.value), found.running ?? 0)
}

/** Returns whether one of `lines` has tasks that run or will run, or may have some. */
export function hasTasks(lines: readonly string[], found: readonly Found[]): boolean {
  return lines.some(line => tasksOf(found.find(({ kind, name }) => kind === 'tasks' && name === line)) > 0)
}

/** Returns the next move of a value; undefined if it has what is wanted. */
function moveOf({ kind, name, value: to }: Wanted, { value: from }: Found): Move | undefined {
  if (from === to) return undefined
  if (kind === 'shards') return { kind, name, from, to: stepTo(Number(from), Number(to)) }
  // DynamoDB charges for a higher warm throughput once, and never lowers it (DynamoDB developer guide, warm throughput).
  if (kind === 'warm' && from > to) return undefined
  return { kind, name, from, to }
}

/**
 * Returns whether a move makes more of a value. No reserved concurrency is no limit at all, so that reserving some is a step up
 * only because the function is then sure to get it.
 */
export function wayOf({ from, to }: Pick<Move, 'from' | 'to'>): 'up' | 'down' {
  return amountOf(to) > amountOf(from) ? 'up' : 'down'
}

function amountOf(value: Value): number {
  if (value === 'some') return 0.5
  return value === 'none' ? 0 : Number(value)
}

/** Returns the shard count nearest to `to` that one call may set. */
export function stepTo(from: number, to: number): number {
  return Math.min(from * MAX_STEP, Math.max(Math.ceil(from / MAX_STEP), to))
}
