/** A line without a network: the test itself delivers its content. */
import type {
  LineContent,
  LineEvents,
  LineStats,
  OpenLine,
  ResumePoint,
} from '../../ingest-task/line-seam.ts'
import { EMPTY_STATS } from './empty-stats.ts'

export interface HandFedLine {
  readonly open: OpenLine
  /** Returns false when the content cannot be read. */
  deliver(content: LineContent): boolean
  /** Where the task asked the line to go on. */
  readonly resume: ResumePoint | undefined
}

export function handFedLine(): HandFedLine {
  let events: LineEvents | undefined
  let resume: ResumePoint | undefined
  const stats: LineStats = EMPTY_STATS.line
  return {
    open(given, point) {
      events = given
      resume = point
      return { stats, pause() {}, resume() {}, close: async () => {} }
    },
    deliver: content => events!.deliver(content),
    get resume() {
      return resume
    },
  }
}
