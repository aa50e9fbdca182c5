/** A log of an ingest task that keeps its lines. */
import type { Log } from '../../ingest-task/ingest-log.ts'

export interface CollectedLog extends Log {
  readonly lines: ['info' | 'warn', string, Record<string, unknown>][]
}

export function collectLog(): CollectedLog {
  const lines: CollectedLog['lines'] = []
  return {
    lines,
    info: (message, details) => void lines.push(['info', message, details]),
    warn: (message, details) => void lines.push(['warn', message, details]),
  }
}
