/** Prepares an archived day for a local run. */

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
import type { TapeIndex } from './tape-format.ts'
import { createTape } from './tape-writer.ts'

/** Longest real time for the part before live. */
const MAX_FILL_MILLISECONDS = 120_000
const MINUTE = 60_000_000
/** Ticks between two progress messages. */
const TICKS_A_MESSAGE = 100_000

/**
 * Writes the tape of a day.
 * @param folder an empty folder for the tape.
 * @throws ArchiveError if the archive does not match its manifest.
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
    if (++count % TICKS_A_MESSAGE === 0) progress(`Reading the archive: ${count} of ${day.ticks} ticks`)
  }
  return tape.finish(issues)
}

export interface ReplayOptions {
  /** µs of the day at which normal speed starts. */
  readonly live: DayMicros
  /** Market seconds a real second, from then on. */
  readonly speed: number
}

/** Returns the market of a tape. @param tape folder of the tape. */
export function replayMarket(
  tape: string,
  { tradingDate, issues, tracks, minutes }: TapeIndex,
  { live, speed }: ReplayOptions,
): Market<TapeSource> {
  const ticks = new Map(tracks.map(track => [track.issue, track.ticks]))
  const { from, fillMilliseconds } = planFill(minutes, live)
  return {
    issues: issues.toSorted((a, b) => (ticks.get(b.code) ?? 0) - (ticks.get(a.code) ?? 0)),
    // An archive has no sectors.
    sectors: new Map(),
    begin: start => ({
      time: planTime(start, tradingDate, { from, live, fillMilliseconds, speed }),
      source: { tape, from },
    }),
  }
}

/**
 * Plans the part before live: up to half an hour, with every tick, at high speed. It is shorter if it has more ticks than
 * a small machine can process in {@link MAX_FILL_MILLISECONDS}.
 * @param minutes number of ticks in each minute of the day.
 * @param live µs of the day.
 */
export function planFill(
  minutes: readonly number[],
  live: DayMicros,
): { from: DayMicros; fillMilliseconds: number } {
  const maxTicks = (MAX_FILL_MILLISECONDS * FILL_TICKS_PER_REAL_SECOND) / 1000
  const earliest = fillStart(live)
  let from = live
  let ticks = 0
  while (from > earliest) {
    const minute = Math.ceil(from / MINUTE) - 1
    ticks += minutes[minute]!
    if (ticks > maxTicks) break
    from = Math.max(earliest, minute * MINUTE)
  }
  const forTicks = (Math.min(ticks, maxTicks) / FILL_TICKS_PER_REAL_SECOND) * 1000
  const usual = (FILL_REAL_MILLISECONDS * (live - from)) / FILL_MARKET_MICROSECONDS
  return { from, fillMilliseconds: Math.max(forTicks, usual) }
}
