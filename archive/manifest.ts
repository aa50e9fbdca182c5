/** The JSON objects of the archive: the manifest of a day and the list of its issues (docs/archive.md). */

import { createHash } from 'node:crypto'
import type { IssueMaster } from '../market/market-event.ts'
import type { TradingDate } from '../market/units.ts'

/**
 * A day is archived twice. `close`: soon after the close, without the ticks that come after `until`. `final`: when the
 * ingest tasks are stopped, so that no tick can follow.
 */
export const STAGES = ['close', 'final'] as const
export type Stage = (typeof STAGES)[number]

/** An object of the archive. */
export interface ArchivedFile {
  readonly key: string
  readonly bytes: number
  /** Hexadecimal. */
  readonly sha256: string
}

/** Counts of a line's ticks. */
export interface LineCount {
  readonly line: number
  readonly ticks: number
  /** Ticks directly after messages that were lost for good. */
  readonly lost: number
  /** The highest sequence. */
  readonly last: number
}

/** `manifests/DATE.json`: everything that the archive has of a date. Another run writes the same manifest. */
export interface Manifest {
  /** YYYY-MM-DD. */
  readonly date: string
  readonly stage: Stage
  /** ISO 8601: the last microsecond whose ticks the archive has. */
  readonly until: string
  readonly ticks: number
  /**
   * By line. `missing`: sequences from 1 to `last` without a tick. They were messages of other exchanges or of unknown
   * issues, or are lost.
   */
  readonly lines: readonly (LineCount & { readonly missing: number })[]
  /** Number of ticks by issue, without issues that had none. */
  readonly issues: Readonly<Record<string, number>>
  /** Issues whose newest known tick was not stored yet, if there are any. */
  readonly behind?: readonly string[]
  /** Lanes that were not stored to the end of the day, if there are any; of the `final` stage. */
  readonly incomplete?: readonly string[]
  /** All files of the day except the manifest, sorted by key. */
  readonly files: readonly (ArchivedFile & { readonly rows?: number })[]
}

/** Returns whether a date is archived and nothing of it is missing. */
export function isWhole({ stage, behind, incomplete }: Manifest): boolean {
  return stage === 'final' && behind === undefined && incomplete === undefined
}

/** `issues/DATE.json`: the issues of a date. */
export interface DayIssues {
  readonly tradingDate: TradingDate
  /** The issue master of the date. */
  readonly issues: readonly IssueMaster[]
  /** Codes of issues that have a board but are not in the issue master. */
  readonly others: readonly string[]
}

/** Returns an object as JSON text, with a line for each of its members. */
export function jsonBytes(value: object): Uint8Array {
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${JSON.stringify(member)}`,
  )
  return Buffer.from(`{${members.join(',\n')}}\n`)
}

/** Returns the entry of a file in the manifest. */
export function describeFile(key: string, body: Uint8Array): ArchivedFile {
  return { key, bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') }
}
