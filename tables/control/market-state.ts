/** The result of the latest run of market-hours. `npm run ops -- status` and the next run read it. */
import type { Phase } from '../../market/market-event.ts'
import { momentFromIso } from '../../market/moment.ts'
import type { EpochMicros } from '../../market/units.ts'
import { getItem, putItem, type Table } from '../dynamodb.ts'
import { MARKET_STATE_ID } from './control-keys.ts'
import type { HoldItem } from './hold-item.ts'

/** The item. Stored tables outlive code: an attribute keeps its name, type and meaning. */
export interface MarketStateItem {
  readonly id: typeof MARKET_STATE_ID
  /** JSON of a {@link MarketState}. */
  readonly result: string
}

export type MarketStateTable = Table<MarketStateItem>

/** A value of a resource (functions/market-hours/market-resource.ts). */
export interface MarketValue {
  /** `tasks`, `shards`, `reserved`, … */
  readonly kind: string
  /** The line, function or table: `line 1`, `connect`. */
  readonly name: string
  readonly value: number | boolean | 'none' | 'some'
}

export interface MarketMove extends Pick<MarketValue, 'kind' | 'name'> {
  readonly from: MarketValue['value']
  readonly to: MarketValue['value']
  /**
   * `later`: a limit of AWS or another change prevents the move; `failed`: an error does. The next run tries again. `planned`: the
   * run only looked.
   */
  readonly result: 'done' | 'later' | 'failed' | 'planned'
  /** Why the move is not done, if it was tried. */
  readonly reason?: string
}

/** What a run found, wanted and did. Times are market times: ISO 8601 with the Tokyo offset. */
export interface MarketState {
  readonly time: string
  readonly phase: Phase
  /** A level of the plan: `asleep`, `archiving`, `warm`, `awake` or `peak`. */
  readonly level: string
  /** Why this level holds. */
  readonly reason: string
  /** Nothing that the market needs becomes less, because it is open, or not known to be closed. */
  readonly keepsAll: boolean
  /** The maintenance window holds: only warm throughput is changed. */
  readonly maintenance: boolean
  /** The hold, also if it has ended. */
  readonly hold?: Omit<HoldItem, 'id'>
  /** The next change of phase or level by the calendar. */
  readonly next: { readonly time: string; readonly phase: Phase; readonly level: string }
  readonly planned: readonly MarketValue[]
  /** The values before the moves. A value that could not be read is missing. */
  readonly found: readonly (MarketValue & { readonly busy?: boolean; readonly running?: number })[]
  readonly moves: readonly MarketMove[]
  /** What could not be read or changed: `tasks line 1`, `archive`, … */
  readonly failures: readonly { readonly what: string; readonly error: string }[]
  /** The last messages of the lanes that are published, as one text, and when it last changed. */
  readonly progress?: { readonly mark: string; readonly at: string }
  /** What should be done by now, and is not. */
  readonly late?: string
}

/** Returns the result of the latest run; undefined if there was none. */
export async function readMarketState(control: MarketStateTable): Promise<MarketState | undefined> {
  const item = await getItem<MarketStateItem>(control, { id: MARKET_STATE_ID })
  return item === undefined ? undefined : (JSON.parse(item.result) as MarketState)
}

/** Market time (µs) after which a result is too old to tell whether tasks run: three runs are missing. */
const STALE_AFTER = 15 * 60_000_000

/** Returns whether a run not long before `now` found tasks that run or will run. */
export function foundTasks(state: MarketState | undefined, now: EpochMicros): boolean {
  const time = state === undefined ? undefined : momentFromIso(state.time)
  if (state === undefined || time === undefined || now - time > STALE_AFTER) return false
  return state.found.some(
    ({ kind, value, running = 0 }) => kind === 'tasks' && (Number(value) > 0 || running > 0),
  )
}

/** Replaces the result of the latest run. */
export async function writeMarketState(control: MarketStateTable, state: MarketState): Promise<void> {
  await putItem<MarketStateItem>(control, { id: MARKET_STATE_ID, result: JSON.stringify(state) })
}
