/**
 * Decides when to ask for missing frames, and on which connection: never more than one request at a time, never more
 * frames than fit a bounded answer, and not at all while the other connection is about to bring them.
 */
import { backoff } from '../put-backoff.ts'
import type { Timing } from './connection.ts'
import type { Range } from './control.ts'
import type { Sequencer } from './sequencer.ts'

/** Frames asked for in one request. */
const MAX_RANGE_FRAMES = 512

export type Step =
  | { readonly kind: 'ask'; readonly connection: number; readonly range: Range }
  /** Look again later. */
  | { readonly kind: 'wait'; readonly milliseconds: number }
  /** Everybody who could send the frames has refused. */
  | { readonly kind: 'give-up' }

interface Request {
  readonly connection: number
  readonly range: Range
  /** Its latest answer, real time, ms. */
  heardAt: number
}

export interface Resends {
  readonly counts: { gaps: number; resends: number; refused: number }
  /** Something that had to be asked for is not all here. */
  readonly recovering: boolean
  /** What to do now about what is missing. `open` are the connections that can be asked, `now` is real time, ms. */
  next(open: readonly number[], now: number): Step | undefined
  /** A frame came: whether it answers a request made on its connection. */
  answered(connection: number, sequence: number, now: number): boolean
  /** A connection has brought a frame that was no good: the other's copy may be better. */
  disappointed(connection: number): void
  refused(connection: number, range: Range): void
  /** The connection is gone, and with it what was asked on it. */
  closed(connection: number): void
  /** Everything missing comes another way. */
  reset(): void
  /** What the line has sent since the sequencer's last frame will be asked for, and was never to come by itself. */
  catchUp(): void
  /** The connection that has left a request without an answer for too long. */
  overdue(now: number): number | undefined
  /** Whether frames are known that no open connection has come any nearer to for too long: they mean nothing now. */
  stuck(open: readonly number[], now: number): boolean
  /** Nobody could answer for a while, and that was not their fault. */
  excuse(now: number): void
}

export function createResends(sequencer: Sequencer, timing: Timing): Resends {
  /** A connection that is half open may look like one that comes no nearer, until it is found out. */
  const patience = Math.max(timing.answerTimeout, timing.receiveTimeout + 2 * timing.heartbeat)
  const counts = { gaps: 0, resends: 0, refused: 0 }
  /** The latest request of each connection: its frames may come although nobody needs them any more. */
  const latest = new Map<number, Range>()
  const refusers = new Set<number>()
  let request: Request | undefined
  let asked: number | undefined
  /** The first missing frame, since when it is, and how often it was asked for. */
  let missing = 0
  let since = 0
  let tries = 0
  let notBefore = 0
  let recoverTo = 0
  /** How far the connections have come, and since when no further. */
  let behind = { reach: 0, since: 0 }

  const reset = (): void => {
    request = undefined
    missing = 0
    recoverTo = 0
  }

  const startGap = (from: number, now: number): void => {
    missing = from
    since = now
    tries = 0
    notBefore = 0
    refusers.clear()
  }

  /** The request whose frames are not all here. */
  const pending = (): Request | undefined => {
    if (request !== undefined && sequencer.last >= request.range.to) request = undefined
    return request
  }

  const next = (open: readonly number[], now: number): Step | undefined => {
    const { last, highest } = sequencer
    if (highest === last || pending() !== undefined) return undefined
    if (last + 1 !== missing) startGap(last + 1, now)
    const mayFill = open.some(connection => sequencer.passed(connection) < missing)
    const wait = Math.max(notBefore, mayFill ? since + timing.fillTimeout : 0) - now
    if (wait > 0) return { kind: 'wait', milliseconds: wait }
    const able = open.filter(connection => sequencer.passed(connection) >= missing)
    const willing = able.filter(connection => !refusers.has(connection))
    // The one that was asked last has had its chance.
    const connection = willing.find(candidate => candidate !== asked) ?? willing[0]
    if (connection === undefined) return able.length > 0 && !mayFill ? { kind: 'give-up' } : undefined
    return ask(connection, now)
  }

  const ask = (connection: number, now: number): Step => {
    const known = sequencer.missing(MAX_RANGE_FRAMES)
    const range = { from: known.from, to: Math.min(known.to, sequencer.passed(connection)) }
    request = { connection, range, heardAt: now }
    latest.set(connection, range)
    asked = connection
    notBefore = now + backoff(++tries, timing.answerTimeout)
    if (sequencer.last >= recoverTo) counts.gaps++
    recoverTo = sequencer.highest
    counts.resends++
    return { kind: 'ask', connection, range }
  }

  return {
    counts,
    get recovering() {
      return sequencer.last < recoverTo
    },
    next,
    answered(connection, sequence, now) {
      const range = latest.get(connection)
      if (range === undefined || sequence < range.from || sequence > range.to) return false
      if (request?.connection === connection) {
        request.heardAt = now
        // Its last frame: what of it has not come by now was lost on the way.
        if (sequence === request.range.to) request = undefined
      }
      return true
    },
    disappointed(connection) {
      asked = connection
    },
    refused(connection, { from, to }) {
      const { range } = request ?? {}
      if (request?.connection !== connection || range?.from !== from || range.to !== to) return
      counts.refused++
      refusers.add(connection)
      request = undefined
      notBefore = 0
    },
    closed(connection) {
      latest.delete(connection)
      if (request?.connection !== connection) return
      request = undefined
      notBefore = 0
    },
    reset,
    catchUp() {
      reset()
      recoverTo = sequencer.highest
    },
    overdue(now) {
      const late = pending()
      return late !== undefined && now - late.heardAt > timing.answerTimeout ? late.connection : undefined
    },
    stuck(open, now) {
      const reach = Math.max(...open.map(sequencer.passed))
      if (open.length === 0 || reach !== behind.reach || reach >= sequencer.highest)
        behind = { reach, since: now }
      return now - behind.since > patience
    },
    excuse(now) {
      if (request !== undefined) request.heardAt = now
      behind.since = now
    },
  }
}
