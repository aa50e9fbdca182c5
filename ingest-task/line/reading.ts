/**
 * Reads frames in their order and delivers what they hold. What is no good is brought again, and at last given up:
 * prices for a snapshot, because boards would be wrong without them; anything else is passed over.
 */
import type { LineContent } from '../line-seam.ts'
import { contentOf } from './content.ts'
import { type Frame, type FrameType, LineError } from './frame.ts'
import { positionOf } from './position.ts'
import type { Arrival, Sequencer } from './sequencer.ts'

/** A frame that is no good so many times running is given up. */
const MAX_BAD_READS = 3

export interface ReadingEvents {
  deliver(content: LineContent): boolean
  /**
   * A frame of this connection is missing again. With a reason, it did not come as it was sent; without, it did, and
   * what it says is bad.
   */
  bad(connection: number, reason: LineError | undefined): void
  /** Prices will not be asked for again. */
  givenUp(): void
}

export interface Reading {
  /** Delivers all frames that are in order by now; they are of this session of the line. */
  on(session: number): void
  /**
   * Delivers a frame of a snapshot.
   * @returns whether the snapshot is still good.
   * @throws LineError when the frame did not come as it was sent.
   */
  snapshot(frame: Frame): boolean
}

export function createReading(sequencer: Sequencer, events: ReadingEvents): Reading {
  let badSequence = 0
  let badReads = 0
  /** Bad frames of snapshots since a good one, by what they are: their numbers say nothing. */
  const badInSnapshots = new Map<FrameType, number>()

  const passOver = ({ message }: LineError, position: number): boolean =>
    events.deliver({ kind: 'unread', reason: message, position })

  const refuse = ({ frame, connection }: Arrival, session: number, reason?: LineError): void => {
    const { type, sequence } = frame
    badReads = badSequence === sequence ? badReads + 1 : 1
    badSequence = sequence
    if (badReads >= MAX_BAD_READS && reason !== undefined && type !== 'prices') {
      passOver(reason, positionOf(session, sequence))
      return
    }
    sequencer.reject()
    if (badReads >= MAX_BAD_READS) events.givenUp()
    events.bad(connection, reason?.kind === 'text' ? undefined : reason)
  }

  const read = (arrival: Arrival, session: number): void => {
    let content: LineContent
    try {
      content = contentOf(arrival.frame, session)
    } catch (error) {
      if (!(error instanceof LineError)) throw error
      refuse(arrival, session, error)
      return
    }
    if (!events.deliver(content)) refuse(arrival, session)
  }

  return {
    on(session) {
      for (let next = sequencer.next(); next !== undefined; next = sequencer.next()) read(next, session)
    },
    snapshot(frame) {
      const { type } = frame
      let content: LineContent
      try {
        content = contentOf(frame)
      } catch (error) {
        if (!(error instanceof LineError) || type === 'prices') throw error
        const reads = (badInSnapshots.get(type) ?? 0) + 1
        badInSnapshots.set(type, reads)
        if (error.kind !== 'text' && reads < MAX_BAD_READS) throw error
        return passOver(error, 0)
      }
      badInSnapshots.delete(type)
      return events.deliver(content)
    },
  }
}
