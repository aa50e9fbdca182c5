/**
 * Decides when to request missing frames, and on which connection. There is one request at a time, of a bounded number
 * of frames, and none while the other connection is expected to bring the frames. A value, like the sequencer.
 */
import type { Millis } from '../../market/units.ts'
import { backoff } from '../retry-backoff.ts'
import type { Timing } from './connection.ts'
import type { Range } from './control.ts'
import { missingRange, type Sequencer } from './sequencer.ts'

/** Frames of one request. */
const MAX_RANGE_FRAMES = 512

interface Request {
  readonly connection: number
  readonly range: Range
  /** When its latest frame came, real time, ms. */
  readonly answeredAt: Millis
}

export interface Resends {
  readonly gaps: number
  readonly resends: number
  readonly refused: number
  /** By connection: the range of its latest request. Frames of it may come when nobody needs them any more. */
  readonly latest: readonly (Range | undefined)[]
  readonly request: Request | undefined
  /** The connection of the latest request, or of the latest bad frame. */
  readonly lastAsked: number | undefined
  /** Connections that refused to send the missing frames. */
  readonly refusers: readonly number[]
  /** The first missing frame; 0 when none is known. */
  readonly missing: number
  /** When that frame was found missing, real time, ms. */
  readonly missingSince: Millis
  /** How often that frame was requested. */
  readonly tries: number
  /** No request before this time, real ms. */
  readonly notBefore: Millis
  /** The line is complete again once this frame was taken. */
  readonly recoverTo: number
  /** The furthest frame that an open connection has passed, and since when (real ms) it has been the same. */
  readonly progress: { readonly reach: number; readonly since: Millis }
}

export function createResends(connections: number): Resends {
  return {
    gaps: 0,
    resends: 0,
    refused: 0,
    latest: new Array<undefined>(connections).fill(undefined),
    request: undefined,
    lastAsked: undefined,
    refusers: [],
    missing: 0,
    missingSince: 0,
    tries: 0,
    notBefore: 0,
    recoverTo: 0,
    progress: { reach: 0, since: 0 },
  }
}

/** What to do about missing frames. */
export type ResendStep =
  | { readonly kind: 'request'; readonly connection: number; readonly range: Range }
  /** Decide again at this time, real ms. */
  | { readonly kind: 'wait'; readonly until: Millis }
  /** All connections that could send the frames have refused. */
  | { readonly kind: 'give-up' }

export interface ResendContext {
  readonly sequencer: Sequencer
  /** Connections that can be asked. */
  readonly open: readonly number[]
  readonly timing: Timing
  /** Real time, ms. */
  readonly now: Millis
  /** A random number in [0, 1), for the backoff. */
  readonly random: number
}

/** Decides what to do about missing frames now; `step` is undefined when nothing is to be done. */
export function nextResend(
  resends: Resends,
  context: ResendContext,
): { readonly resends: Resends; readonly step: ResendStep | undefined } {
  const { sequencer, open, timing, now } = context
  if (sequencer.highest === sequencer.last || isPending(resends, sequencer)) {
    return { resends, step: undefined }
  }
  const current = atGap(resends, sequencer.last + 1, now)
  const { missing, missingSince, notBefore, refusers, lastAsked } = current
  const mayFill = open.some(connection => sequencer.passed[connection]! < missing)
  const until = Math.max(notBefore, mayFill ? missingSince + timing.fillTimeout : 0)
  if (until > now) return { resends: current, step: { kind: 'wait', until } }
  const able = open.filter(connection => sequencer.passed[connection]! >= missing)
  const willing = able.filter(connection => !refusers.includes(connection))
  // The other connection's copy may be better.
  const connection = willing.find(candidate => candidate !== lastAsked) ?? willing[0]
  if (connection !== undefined) return request(current, connection, context)
  return { resends: current, step: able.length > 0 && !mayFill ? { kind: 'give-up' } : undefined }
}

/** Whether frames of the request are still expected. */
function isPending({ request }: Resends, { last }: Sequencer): boolean {
  return request !== undefined && last < request.range.to
}

/** Notes the first missing frame; a new one starts a new gap. */
function atGap(resends: Resends, missing: number, now: Millis): Resends {
  if (missing === resends.missing) return { ...resends, request: undefined }
  const gap = { missing, missingSince: now, tries: 0, notBefore: 0, refusers: [] }
  return { ...resends, ...gap, request: undefined }
}

function request(
  resends: Resends,
  connection: number,
  { sequencer, timing, now, random }: ResendContext,
): { readonly resends: Resends; readonly step: ResendStep } {
  const { from, to } = missingRange(sequencer, MAX_RANGE_FRAMES)
  const range = { from, to: Math.min(to, sequencer.passed[connection]!) }
  const tries = resends.tries + 1
  const next: Resends = {
    ...resends,
    request: { connection, range, answeredAt: now },
    latest: resends.latest.with(connection, range),
    lastAsked: connection,
    tries,
    notBefore: now + backoff(tries, timing.answerTimeout, random),
    gaps: resends.gaps + (isRecovering(resends, sequencer) ? 0 : 1),
    recoverTo: sequencer.highest,
    resends: resends.resends + 1,
  }
  return { resends: next, step: { kind: 'request', connection, range } }
}

/** Whether frames that had to be requested are still missing. */
export function isRecovering({ recoverTo }: Resends, { last }: Sequencer): boolean {
  return last < recoverTo
}

/** Whether a frame of this number answers a request on its connection. */
export function isAnswer({ latest }: Resends, connection: number, sequence: number): boolean {
  const range = latest[connection]
  return range !== undefined && sequence >= range.from && sequence <= range.to
}

/** Notes a frame that answers a request. */
export function noteAnswer(resends: Resends, connection: number, sequence: number, now: Millis): Resends {
  const { request } = resends
  if (request?.connection !== connection) return resends
  // The request ends with its last frame: a frame that has not come by then was lost on the way.
  return { ...resends, request: sequence === request.range.to ? undefined : { ...request, answeredAt: now } }
}

/** Notes that a connection brought an unusable frame, so that the other connection is asked first. */
export function noteBadFrame(resends: Resends, connection: number): Resends {
  return { ...resends, lastAsked: connection }
}

/** Notes that a connection refuses a request. */
export function noteRefusal(resends: Resends, connection: number, { from, to }: Range): Resends {
  const { request } = resends
  const isCurrent =
    request?.connection === connection && request.range.from === from && request.range.to === to
  if (!isCurrent) return resends
  const refusers = [...resends.refusers, connection]
  return { ...resends, refused: resends.refused + 1, refusers, request: undefined, notBefore: 0 }
}

/** Drops the requests of a connection that is gone. */
export function dropRequests(resends: Resends, connection: number): Resends {
  const latest = resends.latest.with(connection, undefined)
  if (resends.request?.connection !== connection) return { ...resends, latest }
  return { ...resends, latest, request: undefined, notBefore: 0 }
}

/** Stops requesting: a snapshot replaces what is missing. */
export function stopRequests(resends: Resends): Resends {
  return { ...resends, request: undefined, missing: 0, recoverTo: 0 }
}

/** Requests everything the line has sent since the sequencer's last frame; those frames are no gap. */
export function catchUp(resends: Resends, { highest }: Sequencer): Resends {
  return { ...stopRequests(resends), recoverTo: highest }
}

/** Returns the connection whose request has had no answer for too long. */
export function overdueResend(
  resends: Resends,
  sequencer: Sequencer,
  { answerTimeout }: Timing,
  now: Millis,
): number | undefined {
  const { request } = resends
  if (request === undefined || !isPending(resends, sequencer)) return undefined
  return now - request.answeredAt > answerTimeout ? request.connection : undefined
}

/** Notes how far the open connections have come. */
export function noteProgress(
  resends: Resends,
  sequencer: Sequencer,
  open: readonly number[],
  now: Millis,
): Resends {
  const reach = Math.max(...open.map(connection => sequencer.passed[connection]!))
  const moves = open.length === 0 || reach !== resends.progress.reach || reach >= sequencer.highest
  return moves ? { ...resends, progress: { reach, since: now } } : resends
}

/** Whether frames are known that no open connection has come nearer to for too long: their numbers mean nothing now. */
export function isOutOfReach({ progress }: Resends, timing: Timing, now: Millis): boolean {
  // A half-open connection makes no progress either; its end is noticed first.
  const patience = Math.max(timing.answerTimeout, timing.receiveTimeout + 2 * timing.heartbeat)
  return now - progress.since > patience
}

/** Starts all waiting times again, after nothing could be read for a while. */
export function restartResendTimes(resends: Resends, now: Millis): Resends {
  const { request, progress } = resends
  return {
    ...resends,
    request: request && { ...request, answeredAt: now },
    progress: { ...progress, since: now },
  }
}
