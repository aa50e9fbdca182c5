/**
 * Reads the frames of a line and delivers their content. An unusable frame is requested again. After three bad reads in a
 * row, prices are replaced by a snapshot, because boards would be wrong without them, and other content is left out.
 */
import type { LineContent } from '../line-seam.ts'
import { contentOf } from './content.ts'
import { type Frame, LineError } from './frame.ts'
import type { Reading, SessionState, Turn } from './line-state.ts'
import { positionOf } from './position.ts'
import { disconnect, takeSnapshot } from './recovery.ts'
import { noteDelivery, wasDelivered } from './replay.ts'
import { noteBadFrame } from './resends.ts'
import { type Arrival, rejectLast, takeNext } from './sequencer.ts'

/** A frame is not requested again after so many bad reads in a row. */
const MAX_BAD_READS = 3

/** Delivers the next frame in order. Frames that need no delivery, such as repeated news, are skipped. */
export function deliverNext(before: SessionState, turn: Turn): SessionState {
  let state = before
  for (;;) {
    const next = takeNext(state.sequencer)
    if (next === undefined) return state
    const { sequencer, arrival } = next
    state = { ...state, sequencer }
    const content = readContent(arrival.frame, state.carried!.session)
    if (content instanceof LineError) {
      state = refuseFrame(state, arrival, content, turn)
    } else if (!wasDelivered(state.replay, content)) {
      return deliver(state, content, arrival, turn)
    }
  }
}

function deliver(
  state: SessionState,
  content: LineContent,
  delivering: NonNullable<Reading['delivering']>,
  turn: Turn,
): SessionState {
  turn.effects.push({ kind: 'deliver', content })
  return {
    ...state,
    replay: noteDelivery(state.replay, content, turn.market),
    reading: { ...state.reading, delivering },
  }
}

/** Returns the content of a frame, or why it cannot be read. */
function readContent(frame: Frame, session: number): LineContent | LineError {
  try {
    return contentOf(frame, session)
  } catch (error) {
    if (error instanceof LineError) return error
    throw error
  }
}

/** Takes the result of a delivery, and delivers the next frames. */
export function confirmDelivery(before: SessionState, readable: boolean, turn: Turn): SessionState {
  const { delivering } = before.reading
  const state = { ...before, reading: { ...before.reading, delivering: undefined } }
  if (delivering === undefined) return state
  if (delivering === 'snapshot part') return readable ? state : takeSnapshot(state, turn)
  return deliverNext(readable ? state : refuseFrame(state, delivering, undefined, turn), turn)
}

/**
 * Handles a frame that is unusable.
 * @param reason why its bytes cannot be read; undefined when market messages in it are bad.
 */
function refuseFrame(
  state: SessionState,
  { frame, connection }: Arrival,
  reason: LineError | undefined,
  turn: Turn,
): SessionState {
  const { type, sequence } = frame
  const badReads = state.reading.badSequence === sequence ? state.reading.badReads + 1 : 1
  const reading = { ...state.reading, badSequence: sequence, badReads }
  const isLastTry = badReads >= MAX_BAD_READS
  if (isLastTry && reason !== undefined && type !== 'prices') {
    leaveOut(reason, positionOf(state.carried!.session, sequence), turn)
    return { ...state, reading }
  }
  const rejected: SessionState = { ...state, reading, sequencer: rejectLast(state.sequencer) }
  const next = isLastTry ? takeSnapshot(rejected, turn) : rejected
  const noted = { ...next, resends: noteBadFrame(next.resends, connection) }
  // Bad text and bad messages came as they were sent: the connection is sound.
  return reason === undefined || reason.kind === 'text' ? noted : disconnect(noted, connection, reason, turn)
}

function leaveOut({ message }: LineError, position: number, turn: Turn): void {
  turn.effects.push({ kind: 'report', content: { kind: 'unread', reason: message, position } })
}

/** Delivers a part of a snapshot that came on this connection. */
export function takePart(state: SessionState, connection: number, frame: Frame, turn: Turn): SessionState {
  const content = readContent(frame, 0)
  const { badParts } = state.reading
  if (!(content instanceof LineError)) {
    const reading = { ...state.reading, badParts: { ...badParts, [frame.type]: 0 } }
    const next = { ...state, reading }
    return wasDelivered(state.replay, content) ? next : deliver(next, content, 'snapshot part', turn)
  }
  if (frame.type === 'prices') return disconnect(state, connection, content, turn)
  const reads = (badParts[frame.type] ?? 0) + 1
  const next = { ...state, reading: { ...state.reading, badParts: { ...badParts, [frame.type]: reads } } }
  if (content.kind !== 'text' && reads < MAX_BAD_READS) return disconnect(next, connection, content, turn)
  leaveOut(content, 0, turn)
  return next
}
