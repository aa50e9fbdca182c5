/** The keys of the archive's objects, and the parts into which a day is divided. */

import { fnv1a } from '../market/hash.ts'
import { isoDate } from '../market/moment.ts'
import type { TradingDate } from '../market/units.ts'
import type { Stage } from './manifest.ts'

/**
 * Parts of a day. At a billion ticks a month a part has 1.6 million rows and takes two to three minutes. If this number
 * changes and a day is archived again, files of the old parts remain.
 */
export const PARTS = 32

/** Returns the part to which an issue belongs. */
export function partOf(issue: string): number {
  return fnv1a(issue) % PARTS
}

/** The key of each kind of object. `ticks` and `daily-bars` lie like tables that are partitioned by date. */
export const archiveKeys = {
  ticks: (date: TradingDate, part: number): string => `ticks/date=${isoDate(date)}/${partName(part)}.parquet`,
  dailyBars: (date: TradingDate): string => `daily-bars/date=${isoDate(date)}/${partName(0)}.parquet`,
  issues: (date: TradingDate): string => `issues/${isoDate(date)}.json`,
  manifest: (date: TradingDate): string => `manifests/${isoDate(date)}.json`,
  /** Prefix of the reports of a stage's parts. */
  reports: (date: TradingDate, stage: Stage): string => `parts/${isoDate(date)}/${stage}/`,
  report: (date: TradingDate, stage: Stage, part: number): string =>
    `${archiveKeys.reports(date, stage)}${partName(part)}.json`,
}

function partName(part: number): string {
  return `part-${String(part).padStart(2, '0')}`
}
