/** What a task logs about its totals and about the process before it. */
import type { Clock } from '../market/clock.ts'
import { momentOf, momentToIso } from '../market/moment.ts'
import type { IngestStats } from './ingest.ts'
import type { Published } from './publish/recover.ts'

/** Returns the totals with the start of the line's state as ISO 8601. */
export function statsDetails(stats: IngestStats) {
  const { line } = stats
  return { ...stats, line: { ...line, since: momentToIso(line.since) } }
}

/** Returns how far the previous process has published, with the age of its newest board in real seconds. */
export function resumeDetails({ tradingDate, position, boards }: Published, clock: Clock) {
  const details = { tradingDate, position, boards: boards.length }
  if (boards.length === 0) return details
  const newest = Math.max(...boards.map(({ time }) => time))
  const age = (clock.now() - momentOf(tradingDate, newest)) / clock.speed() / 1_000_000
  return { ...details, ageSeconds: Math.round(age * 10) / 10 }
}
