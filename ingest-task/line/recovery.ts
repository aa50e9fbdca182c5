/** Makes a line whole again: ended connections, requests for missing frames, snapshots and overdue answers. */
import { addMicros, laterOf, type Millis } from '../../market/units.ts'
import { LineError } from './frame.ts'
import { openConnections, type SessionState, type Turn } from './line-state.ts'
import {
  dropRequests,
  isOutOfReach,
  isRecovering,
  nextResend,
  noteProgress,
  overdueResend,
  restartResendTimes,
  stopRequests,
} from './resends.ts'
import { forgetNumbers, holdFrames, removeConnection } from './sequencer.ts'
import {
  dropSnapshots,
  overdueSnapshot,
  planSnapshot,
  restartSnapshotTime,
  startSnapshot,
} from './snapshots.ts'

/** Ends a connection with a reason. */
export function disconnect(
  state: SessionState,
  connection: number,
  reason: LineError,
  turn: Turn,
): SessionState {
  turn.effects.push({ kind: 'disconnect', connection, reason })
  return loseConnection(state, connection, turn)
}

/** Drops everything that was expected from a connection. Changes nothing the second time. */
export function loseConnection(state: SessionState, connection: number, turn: Turn): SessionState {
  const ended = { ...state.connections[connection]!, open: false }
  const next: SessionState = {
    ...state,
    connections: state.connections.with(connection, ended),
    sequencer: removeConnection(state.sequencer, connection),
    resends: dropRequests(state.resends, connection),
    snapshots: dropSnapshots(state.snapshots, connection),
  }
  const wasSource = connection === state.snapshots.source
  return wasSource && openConnections(next).length > 0 ? requestSnapshot(next, turn) : next
}

/** Replaces all boards by a snapshot; frames wait for its end. */
export function takeSnapshot(state: SessionState, turn: Turn): SessionState {
  const next = {
    ...state,
    sequencer: holdFrames(state.sequencer),
    resends: stopRequests(state.resends),
  }
  return requestSnapshot(next, turn)
}

export function requestSnapshot(state: SessionState, turn: Turn): SessionState {
  const { snapshots, wait } = planSnapshot(state.snapshots, turn.now, turn.random)
  if (wait !== undefined) turn.effects.push({ kind: 'start-timer', timer: 'snapshot', milliseconds: wait })
  return { ...state, snapshots }
}

/** Asks the connection that has come furthest for the planned snapshot: its boards are the newest. */
export function sendSnapshotRequest(state: SessionState, turn: Turn): SessionState {
  const { passed, last } = state.sequencer
  const [furthest] = openConnections(state).sort((a, b) => passed[b]! - passed[a]!)
  if (furthest !== undefined) turn.effects.push({ kind: 'request-snapshot', connection: furthest, last })
  return { ...state, snapshots: startSnapshot(state.snapshots, furthest, turn.now) }
}

/** Requests missing frames when it is time, and reports the state of the line if it has changed. */
export function settle(state: SessionState, turn: Turn): SessionState {
  return reportState(requestMissing(state, turn), turn)
}

function requestMissing(state: SessionState, turn: Turn): SessionState {
  const { sequencer, snapshots, timing } = state
  if (!snapshots.whole || sequencer.highest === sequencer.last) return setFillTimer(state, undefined, turn)
  const { now, random } = turn
  const context = { sequencer, open: openConnections(state), timing, now, random }
  const { resends, step } = nextResend(state.resends, context)
  const next = setFillTimer({ ...state, resends }, step?.kind === 'wait' ? step.until : undefined, turn)
  if (step?.kind === 'give-up') return takeSnapshot(next, turn)
  if (step?.kind === 'request') {
    const { connection, range } = step
    turn.effects.push({ kind: 'request-frames', connection, last: sequencer.last, range })
  }
  return next
}

/** Makes the timer `fill` end at this time (real ms), or stops it. */
function setFillTimer(state: SessionState, fillAt: Millis | undefined, turn: Turn): SessionState {
  if (fillAt === state.fillAt) return state
  turn.effects.push(
    fillAt === undefined
      ? { kind: 'stop-timer', timer: 'fill' }
      : { kind: 'start-timer', timer: 'fill', milliseconds: fillAt - turn.now },
  )
  return { ...state, fillAt }
}

export function reportState(state: SessionState, turn: Turn): SessionState {
  const isComplete = state.snapshots.whole && !isRecovering(state.resends, state.sequencer)
  const isOpen = state.connections.some(({ open }) => open)
  const current = isOpen ? (isComplete ? 'live' : 'recovering') : 'stale'
  if (current === state.status.state) return state
  // Apps order states by this time. A local clock stands still before the market starts, so the time alone may be the same.
  const since = laterOf(turn.market, addMicros(state.status.since, 1))
  const status = { state: current, since } as const
  turn.effects.push({ kind: 'report', content: { kind: 'state', ...status } })
  return { ...state, status }
}

/** Ends a connection that owes an answer for too long, and drops frame numbers that no connection comes nearer to. */
export function checkAnswers(before: SessionState, turn: Turn): SessionState {
  const { now } = turn
  const { answerTimeout } = before.timing
  const isLate = now - before.checkedAt > answerTimeout / 2
  const state = { ...before, checkedAt: now }
  // Nothing was read for a while, so no connection is to blame for a missing answer.
  if (isLate || state.paused) return restartWaits(state, now)
  const { snapshots, sequencer, timing } = state
  const open = snapshots.whole ? openConnections(state) : []
  const resends = noteProgress(state.resends, sequencer, open, now)
  const noted = { ...state, resends }
  const overdue = snapshots.whole
    ? overdueResend(resends, sequencer, timing, now)
    : overdueSnapshot(snapshots, answerTimeout, now)
  if (overdue !== undefined) {
    const expected = snapshots.whole ? 'the requested frames' : 'a snapshot'
    const message = `expected ${expected} within ${answerTimeout} ms, got nothing`
    return disconnect(noted, overdue, new LineError('unanswered', message), turn)
  }
  if (!isOutOfReach(resends, timing, now)) return noted
  return reportState(takeSnapshot({ ...noted, sequencer: forgetNumbers(sequencer) }, turn), turn)
}

/** Starts all waiting times for answers again. */
export function restartWaits(state: SessionState, now: Millis): SessionState {
  return {
    ...state,
    resends: restartResendTimes(state.resends, now),
    snapshots: restartSnapshotTime(state.snapshots, now),
  }
}
