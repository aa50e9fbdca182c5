/** Reads frames in their order and delivers what they hold; what is no good is brought again, and at last given up. */
import type { LineContent } from '../line-seam.ts'
import { contentOf } from './content.ts'
import { LineError } from './frame.ts'
import type { Arrival, Sequencer } from './sequencer.ts'

/** A frame that is no good so many times running is given up. */
const MAX_BAD_READS = 3

export interface ReadingEvents {
  deliver(content: LineContent): boolean
  /** A frame of this connection is missing again: its messages were bad, or it could not be read for this reason. */
  bad(connection: number, reason: LineError | undefined): void
  /** A frame will not be asked for again. */
  givenUp(): void
}

/** @returns delivers all frames that are in order by now; they are of this session of the line. */
export function createReading(sequencer: Sequencer, events: ReadingEvents): (session: number) => void {
  let badSequence = 0
  let badReads = 0

  const refuse = ({ frame, connection }: Arrival, reason?: LineError): void => {
    badReads = badSequence === frame.sequence ? badReads + 1 : 1
    badSequence = frame.sequence
    sequencer.reject()
    if (badReads >= MAX_BAD_READS) events.givenUp()
    events.bad(connection, reason)
  }

  const read = (arrival: Arrival, session: number): void => {
    let content: LineContent
    try {
      content = contentOf(arrival.frame, session)
    } catch (error) {
      if (!(error instanceof LineError)) throw error
      refuse(arrival, error)
      return
    }
    if (!events.deliver(content)) refuse(arrival)
  }

  return session => {
    for (let next = sequencer.next(); next !== undefined; next = sequencer.next()) read(next, session)
  }
}
