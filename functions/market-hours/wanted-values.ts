/** Returns the values that a level of the plan demands. */
import {
  type Level,
  READER_FUNCTIONS,
  READY_FUNCTIONS,
  RESERVED_FUNCTIONS,
  WARM_TABLES,
} from '../../contract/market-plan.ts'
import type { Wanted } from './market-resource.ts'

/** The name of the one stream. */
export const STREAM = 'stream'
/** The name of the one schedule that is switched. */
export const CANARY = 'schedule'
/** The name of the alarms that notify in trading hours. */
export const TRADING_ALARMS = 'of trading'

/** Returns the name of a line's tasks. */
export function lineName(line: number): string {
  return `line ${line}`
}

/** Returns what a level demands. @param lines the numbers of the lines. */
export function wantedValues(level: Level, lines: readonly number[]): Wanted[] {
  return [
    ...lines.map(line => ({ kind: 'tasks', name: lineName(line), value: level.tasks }) as const),
    { kind: 'shards', name: STREAM, value: level.shards },
    ...RESERVED_FUNCTIONS.map(
      name => ({ kind: 'reserved', name, value: level.reserved[name] || 'none' }) as const,
    ),
    ...READY_FUNCTIONS.map(
      name => ({ kind: 'provisioned', name, value: level.provisioned[name] || 'none' }) as const,
    ),
    ...READER_FUNCTIONS.map(
      name => ({ kind: 'mapping', name, value: level.mappings[name].enabled }) as const,
    ),
    ...READER_FUNCTIONS.map(name => ({ kind: 'window', name, value: level.mappings[name].window }) as const),
    ...WARM_TABLES.map(name => ({ kind: 'warm', name, value: level.warm[name] }) as const),
    { kind: 'canary', name: CANARY, value: level.canary },
    { kind: 'alarms', name: TRADING_ALARMS, value: level.alarms },
  ]
}
