/** Opens a line of the stand-in protocol: the only file of this folder that the rest of the task imports. */
import type { Config } from '../ingest-config.ts'
import type { Logins, OpenLine } from '../line-seam.ts'
import type { Timing } from './connection.ts'
import { LineSession } from './line-session.ts'

/**
 * Market data lines usually send a heartbeat every second; three may be lost. A and B take different ways through the
 * network, which differ by a few milliseconds at most.
 */
export const DEFAULT_TIMING: Timing = {
  heartbeat: 1000,
  receiveTimeout: 4000,
  fillTimeout: 50,
  answerTimeout: 5000,
  backoffCap: 5000,
}

/** @param logins asked before each login. Default: none has to wait. */
export function lineOpener(config: Config, timing: Timing, logins?: Logins): OpenLine {
  const { line, addresses, user, password, clock } = config
  const login = { user, password, line }
  return (events, resume) => new LineSession({ ...events, addresses, login, logins, clock, timing }, resume)
}
