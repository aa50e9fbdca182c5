/**
 * The state machine of a line, without sockets, timers and clocks. It makes one stream of the connections A and B: the
 * first copy of a frame wins, the other connection fills gaps, and frames that neither brings are requested.
 * docs/line-session.md draws it.
 */
import { dateOf } from '../../market/moment.ts'
import type { Millis, TradingDate } from '../../market/units.ts'
import type { LineContent, ResumePoint } from '../line-seam.ts'
import { backoff } from '../retry-backoff.ts'
import { compareSessions, decodeRange, type LoginAnswer, sessionError } from './control.ts'
import { type Frame, isContent, LineError } from './frame.ts'
import type { LineEffect, LineEvent, Moment } from './line-events.ts'
import { INITIAL_READING, openConnections, type SessionState, type Turn } from './line-state.ts'
import { placeOf, positionOf } from './position.ts'
import { confirmDelivery, deliverNext, takePart } from './reading.ts'
import {
  checkAnswers,
  disconnect,
  loseConnection,
  reportState,
  requestSnapshot,
  restartWaits,
  sendSnapshotRequest,
  settle,
  takeSnapshot,
} from './recovery.ts'
import { startReplay } from './replay.ts'
import { catchUp, isAnswer, noteAnswer, noteRefusal } from './resends.ts'
import { addConnection, announceFrames, forgetNumbers, insertFrame, restartAfter } from './sequencer.ts'
import { endSnapshot, isWanted, notePart, skipSnapshot } from './snapshots.ts'

/**
 * Frames of a new session of the line that are read from its start, which takes seconds. Above this number, a snapshot
 * is taken instead.
 */
const MAX_REPLAY_FRAMES = 4096
/**
 * Frames that a connection may leave out between two frames. TCP loses none, so a line that leaves out minutes has sent
 * a wrong number, and frames up to it would be requested in vain.
 */
const MAX_LEAP_FRAMES = 65_536

/**
 * Shortest and longest wait after the line refused user or password, milliseconds. A wrong password does not become right by
 * itself, and providers lock a user after some failed logins.
 */
const CREDENTIALS_WAIT = 60_000
const MAX_CREDENTIALS_WAIT = 1_800_000

/** Returns the state after an event, and what the driver has to do, in this order. */
export function step(
  state: SessionState,
  event: LineEvent,
  { now, market, random }: Moment,
): { readonly state: SessionState; readonly effects: readonly LineEffect[] } {
  const effects: LineEffect[] = []
  return { state: takeEvent(state, event, { now, market, random, effects }), effects }
}

function takeEvent(state: SessionState, event: LineEvent, turn: Turn): SessionState {
  switch (event.kind) {
    case 'started':
      return start(state, turn)
    case 'opened':
      return acceptLogin(state, event.connection, event, turn)
    case 'frame':
      return takeFrame(state, event.connection, event.frame, turn)
    case 'delivered': {
      const next = confirmDelivery(state, event.readable, turn)
      return next.reading.delivering === undefined ? settle(next, turn) : next
    }
    case 'closed':
      return closeConnection(state, event.connection, event.reason, turn)
    case 'timer':
      return event.timer === 'snapshot'
        ? sendSnapshotRequest(state, turn)
        : settle({ ...state, fillAt: undefined }, turn)
    case 'check':
      return checkAnswers(state, turn)
    case 'paused':
      return { ...state, paused: true }
    case 'resumed':
      return { ...restartWaits(state, turn.now), paused: false }
    case 'closing':
      return { ...state, closing: true }
  }
}

function start(state: SessionState, turn: Turn): SessionState {
  report({ kind: 'state', ...state.status }, turn)
  for (const connection of state.connections.keys()) {
    turn.effects.push({ kind: 'connect', connection, milliseconds: 0 })
  }
  return state
}

function report(content: LineContent, turn: Turn): void {
  turn.effects.push({ kind: 'report', content })
}

interface Opening {
  readonly answer: LoginAnswer
  readonly sequence: number
}

/** Takes over a connection whose login was accepted. */
function acceptLogin(
  before: SessionState,
  connection: number,
  { answer, sequence }: Opening,
  turn: Turn,
): SessionState {
  const opened = { ...before.connections[connection]!, open: true, openedAt: turn.now }
  const state = { ...before, connections: before.connections.with(connection, opened) }
  const today = dateOf(turn.market)
  if (answer.tradingDate > today) {
    const reason = `login answer: expected a trading date up to ${today}, got ${answer.tradingDate}`
    return disconnect(state, connection, new LineError('login', reason), turn)
  }
  const { carried } = state
  if (carried !== undefined && compareSessions(answer, carried) === 0) {
    turn.effects.push({ kind: 'report-connected', connection })
    const sequencer = addConnection(state.sequencer, connection, sequence)
    return settle(requestSnapshotIfNone({ ...state, sequencer }, turn), turn)
  }
  const others = openConnections(state).filter(other => other !== connection)
  if (carried !== undefined && others.length > 0 && compareSessions(answer, carried) < 0) {
    return disconnect(state, connection, sessionError(carried, answer), turn)
  }
  // Connections A and B must carry the same session of the line. A connection with an earlier session is ended.
  let alone: SessionState = state
  for (const other of others) alone = disconnect(alone, other, sessionError(answer, carried!), turn)
  turn.effects.push({ kind: 'report-connected', connection })
  const sequencer = addConnection(forgetNumbers(alone.sequencer), connection, sequence)
  return settle(beginSession({ ...alone, sequencer }, { answer, sequence }, turn), turn)
}

function requestSnapshotIfNone(state: SessionState, turn: Turn): SessionState {
  const { whole, source } = state.snapshots
  return whole || source !== undefined ? state : requestSnapshot(state, turn)
}

/** Starts a session of the line: resumes where this process or the previous one has stopped, or takes a snapshot. */
function beginSession(before: SessionState, { answer, sequence }: Opening, turn: Turn): SessionState {
  const { tradingDate, session } = answer
  const resume = before.carried === undefined ? resumeOn(before.resume, tradingDate) : undefined
  const place = placeOf(resume?.position ?? 0)
  const isSameSession = resume !== undefined && place.session === session
  const isNewDate = before.carried?.tradingDate !== tradingDate
  const isContinued = resume !== undefined || (before.snapshots.whole && !isNewDate)
  const isReadable = isContinued && sequence <= MAX_REPLAY_FRAMES
  const replay = startReplay(before.replay, answer, isReadable && !isSameSession)
  const state: SessionState = { ...before, carried: answer, replay, reading: INITIAL_READING }
  if (isNewDate) {
    report({ kind: 'opened', tradingDate, position: isSameSession ? resume.position : 0 }, turn)
  }
  if (isSameSession) return continueAfter(state, place.sequence)
  return isReadable ? continueAfter(state, 0) : takeSnapshot(state, turn)
}

function resumeOn(resume: ResumePoint | undefined, tradingDate: TradingDate): ResumePoint | undefined {
  return resume?.tradingDate === tradingDate ? resume : undefined
}

/** Resumes after a frame, and requests all frames that the line has sent since. */
function continueAfter(state: SessionState, sequence: number): SessionState {
  const sequencer = restartAfter(state.sequencer, sequence)
  return {
    ...state,
    sequencer,
    resends: catchUp(state.resends, sequencer),
    snapshots: skipSnapshot(state.snapshots),
  }
}

function takeFrame(state: SessionState, connection: number, frame: Frame, turn: Turn): SessionState {
  if (!state.connections[connection]!.open) return state
  const highest = state.sequencer.passed[connection]! + MAX_LEAP_FRAMES
  if (frame.sequence > highest) {
    const reason = `expected a ${frame.type} frame with a number up to ${highest}, got ${frame.sequence}`
    return settle(disconnect(state, connection, new LineError('sequence', reason), turn), turn)
  }
  const next = frame.snapshot
    ? takeSnapshotPart(state, connection, frame, turn)
    : takeLiveFrame(state, connection, frame, turn)
  return next.reading.delivering === undefined ? settle(next, turn) : next
}

function takeSnapshotPart(state: SessionState, connection: number, frame: Frame, turn: Turn): SessionState {
  const snapshots = notePart(state.snapshots, connection, turn.now)
  const next = { ...state, snapshots }
  return isWanted(snapshots, connection) ? takePart(next, connection, frame, turn) : next
}

function takeLiveFrame(state: SessionState, connection: number, frame: Frame, turn: Turn): SessionState {
  const { type, sequence } = frame
  if (isContent(type)) return takeContent(state, connection, frame, turn)
  switch (type) {
    case 'snapshot-end':
      return takeSnapshotEnd(state, connection, sequence, turn)
    case 'heartbeat':
      return { ...state, sequencer: announceFrames(state.sequencer, connection, sequence) }
    case 'resend-refused':
      return takeRefusal(state, connection, frame, turn)
    default: {
      const reason = new LineError('frame-type', `expected content of the line, got a ${type} frame`)
      return disconnect(state, connection, reason, turn)
    }
  }
}

function takeContent(state: SessionState, connection: number, frame: Frame, turn: Turn): SessionState {
  const { sequence } = frame
  const isRequested = isAnswer(state.resends, connection, sequence)
  const resends = isRequested ? noteAnswer(state.resends, connection, sequence, turn.now) : state.resends
  const sequencer = insertFrame(state.sequencer, frame, connection, isRequested)
  return deliverNext({ ...state, resends, sequencer }, turn)
}

function takeSnapshotEnd(
  state: SessionState,
  connection: number,
  sequence: number,
  turn: Turn,
): SessionState {
  const isEnd = isWanted(state.snapshots, connection)
  const next = { ...state, snapshots: endSnapshot(state.snapshots, connection) }
  if (!isEnd) return next
  report({ kind: 'snapshot-end', position: positionOf(state.carried!.session, sequence) }, turn)
  const sequencer = restartAfter(announceFrames(state.sequencer, connection, sequence), sequence)
  return deliverNext({ ...next, sequencer }, turn)
}

function takeRefusal(state: SessionState, connection: number, frame: Frame, turn: Turn): SessionState {
  try {
    const range = decodeRange(frame.payload)
    return { ...state, resends: noteRefusal(state.resends, connection, range) }
  } catch (error) {
    if (!(error instanceof LineError)) throw error
    return disconnect(state, connection, error, turn)
  }
}

function closeConnection(
  before: SessionState,
  connection: number,
  reason: LineError,
  turn: Turn,
): SessionState {
  const { openedAt, failures } = before.connections[connection]!
  if (before.closing) {
    const closed = { open: false, openedAt: undefined, failures }
    return reportState({ ...before, connections: before.connections.with(connection, closed) }, turn)
  }
  const state = loseConnection(before, connection, turn)
  const { timing, errors } = state
  // A connection that ends soon after its login counts as failed.
  const lasted = openedAt !== undefined && turn.now - openedAt > timing.backoffCap
  const ended = { open: false, openedAt: undefined, failures: (lasted ? 0 : failures) + 1 }
  const wait =
    reason.kind === 'credentials'
      ? credentialsWait(ended.failures, turn.random)
      : backoff(ended.failures, timing.backoffCap, turn.random)
  turn.effects.push({ kind: 'connect', connection, milliseconds: wait })
  const next = {
    ...state,
    connections: state.connections.with(connection, ended),
    errors: { ...errors, [reason.kind]: (errors[reason.kind] ?? 0) + 1 },
  }
  const settled = settle(next, turn)
  turn.effects.push({ kind: 'report-closed', connection, reason, retryMilliseconds: Math.round(wait) })
  return settled
}

/** Returns the wait after refusal number `failures` (from 1), milliseconds: one to two minutes, then twice as long each time. */
function credentialsWait(failures: number, random: number): Millis {
  return Math.min(CREDENTIALS_WAIT * (1 + random) * 2 ** (failures - 1), MAX_CREDENTIALS_WAIT)
}
