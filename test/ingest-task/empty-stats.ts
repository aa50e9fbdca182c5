import { NO_MESSAGES } from '../../ingest-task/flex/line-boards-options.ts'
import type { IngestStats } from '../../ingest-task/ingest.ts'
import { asEpochMicros } from '../../market/units.ts'

/** Totals of a task at its start. */
export const EMPTY_STATS: IngestStats = {
  ...NO_MESSAGES,
  badMessages: 0,
  line: {
    state: 'live',
    since: asEpochMicros(0),
    bytes: 0,
    frames: 0,
    connects: 2,
    gaps: 0,
    repeats: 0,
    resends: 0,
    refused: 0,
    snapshots: 0,
    wins: { A: 0, B: 0 },
    pausedMilliseconds: 0,
    errors: {},
  },
  publisher: {
    envelopes: 0,
    bytes: 0,
    ticks: 0,
    retries: 0,
    throttled: 0,
    waitingBytes: 0,
    waitingEnvelopes: 0,
  },
}
