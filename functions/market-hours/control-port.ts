/** The control table as market-hours uses it: its lock, the hold, and the result of the latest run. */
import { randomUUID } from 'node:crypto'
import type { Millis } from '../../market/units.ts'
import { type HoldTable, readHold } from '../../tables/control/hold-item.ts'
import { freeMarketLock, type MarketLockTable, takeMarketLock } from '../../tables/control/market-lock.ts'
import {
  type MarketStateTable,
  readMarketState,
  writeMarketState,
} from '../../tables/control/market-state.ts'
import type { ControlPort } from './run-market-hours.ts'

/** Longer than the function may run (cdk/market-hours.ts), shorter than the time between two runs of the schedule. */
export const LOCK_MS: Millis = 150_000

export type ControlTable = HoldTable & MarketLockTable & MarketStateTable

/** Returns the port of a table. */
export function createControl(table: Omit<ControlTable, 'itemType'>): ControlPort {
  return {
    async lock() {
      const owner = randomUUID()
      const isTaken = await takeMarketLock(table, owner, LOCK_MS)
      return isTaken ? () => freeMarketLock(table, owner) : undefined
    },
    hold: () => readHold(table),
    state: () => readMarketState(table),
    saveState: state => writeMarketState(table, state),
  }
}
