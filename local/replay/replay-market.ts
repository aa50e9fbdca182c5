/** A day of the archive as what a local run plays. */

import type { DayMicros } from '../../market/units.ts'
import type { Market, TapeSource } from '../local-market.ts'
import {
  FILL_MARKET_MICROSECONDS,
  FILL_REAL_MILLISECONDS,
  FILL_TICKS_PER_REAL_SECOND,
  fillStart,
  planTime,
} from '../market-time.ts'
import { type ArchivedDay, checkDay, issuesOf, ticksOf } from './archive-folder.ts'
import { createTape, type TapeIndex } from './tape.ts'

/** Nobody wants to wait longer for what lies before live. */
const MAX_FILL_MILLISECONDS = 120_000
const MINUTE = 60_000_000
/** Ticks between two words on how far the tape is. */
const TICKS_A_WORD = 100_000

/**
 * Writes the tape of a day.
 * @param folder empty.
 * @throws ArchiveError where the archive is not what its manifest says.
 */
export async function makeTape(
  day: ArchivedDay,
  folder: string,
  progress: (text: string) => void,
): Promise<TapeIndex> {
  progress('Checking the files of the archive')
  await checkDay(day)
  const issues = issuesOf(day)
  const tape = createTape(folder, day.date)
  let count = 0
  for await (const tick of ticksOf(day)) {
    tape.add(tick)
    if (++count % TICKS_A_WORD === 0) progress(`Reading the archive: ${count} of ${day.ticks} ticks`)
  }
  return tape.finish(issues)
}

export interface ReplayOptions {
  /** Microsecond of the day at which live begins. */
  readonly live: DayMicros
  readonly speed: number
}

/** @param tape its folder. */
export function replayMarket(
  tape: string,
  { tradingDate, issues, tracks, minutes }: TapeIndex,
  { live, speed }: ReplayOptions,
): Market<TapeSource> {
  const ticks = new Map(tracks.map(track => [track.issue, track.ticks]))
  const { from, fillMilliseconds } = planFill(minutes, live)
  return {
    issues: issues.toSorted((a, b) => (ticks.get(b.code) ?? 0) - (ticks.get(a.code) ?? 0)),
    begin: start => ({
      time: planTime(start, tradingDate, { from, live, fillMilliseconds, speed }),
      source: { tape, from },
    }),
  }
}

/**
 * What lies before live is played fast, every tick of it: as much of the half hour as a small machine carries in a
 * time that somebody waits.
 * @param minutes ticks in each minute of the day.
 */
export function planFill(
  minutes: readonly number[],
  live: DayMicros,
): { from: DayMicros; fillMilliseconds: number } {
  const most = (MAX_FILL_MILLISECONDS * FILL_TICKS_PER_REAL_SECOND) / 1000
  const earliest = fillStart(live)
  let from = live
  let ticks = 0
  while (from > earliest) {
    const minute = Math.ceil(from / MINUTE) - 1
    ticks += minutes[minute]!
    if (ticks > most) break
    from = Math.max(earliest, minute * MINUTE)
  }
  const needed = (Math.min(ticks, most) / FILL_TICKS_PER_REAL_SECOND) * 1000
  const usual = (FILL_REAL_MILLISECONDS * (live - from)) / FILL_MARKET_MICROSECONDS
  return { from, fillMilliseconds: Math.max(needed, usual) }
}
