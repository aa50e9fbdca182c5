/** The way in from outside of this folder: a line of our protocol behind the seam. */
import type { Config } from '../ingest-config.ts'
import type { OpenLine } from '../line-seam.ts'
import type { Timing } from './connection.ts'
import { openSession } from './line-session.ts'

/**
 * A second between heartbeats is what market data lines usually keep; three may be lost. A and B take different ways
 * through the network, which differ by a few milliseconds at most.
 */
export const DEFAULT_TIMING: Timing = {
  heartbeat: 1000,
  receiveTimeout: 4000,
  fillTimeout: 50,
  answerTimeout: 5000,
  backoffCap: 5000,
}

export function lineOpener(config: Config, timing: Timing): OpenLine {
  const { line, addresses, user, password, clock } = config
  return (events, resume) =>
    openSession({ ...events, addresses, login: { user, password, line }, clock, timing }, resume)
}
