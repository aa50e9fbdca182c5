/** Answers the state of the market and of its lines, with the news if an audience may have them. */
import type { Clock } from '../market/clock.ts'
import { momentToIso } from '../market/moment.ts'
import { phaseAt } from '../market/phase.ts'
import type { Answer } from '../rest/rest-function.ts'
import { type BoardsTable, readStatus } from '../tables/boards/boards-table.ts'
import type { CalendarReader } from '../tables/control/calendar-reader.ts'

export interface StatusParts {
  readonly boards: BoardsTable
  readonly calendars: CalendarReader
  readonly clock: Clock
  readonly withNews: boolean
}

export function createStatusAnswer({
  boards,
  calendars,
  clock,
  withNews,
}: StatusParts): () => Promise<Answer> {
  return async () => {
    const now = clock.now()
    const { phase, lines, news } = await readStatus(boards)
    // A stale line does not report when the phase changes.
    const isHeard = lines.some(({ state }) => state !== 'stale')
    const current = isHeard && phase !== undefined ? phase.phase : phaseAt(now, await calendars.read())
    return { stamp: { time: momentToIso(now) }, data: { phase: current, lines, ...(withNews && { news }) } }
  }
}
