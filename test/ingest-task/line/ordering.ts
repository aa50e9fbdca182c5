/** A sequencer and its resends together, stepped by tests without a connection. */
import assert from 'node:assert/strict'
import type { Range } from '../../../ingest-task/line/control.ts'
import type { Frame } from '../../../ingest-task/line/frame.ts'
import {
  createResends,
  dropRequests,
  isAnswer,
  isOutOfReach,
  nextResend,
  noteAnswer,
  noteBadFrame,
  noteProgress,
  noteRefusal,
  overdueResend,
  type ResendStep,
  type Resends,
} from '../../../ingest-task/line/resends.ts'
import {
  createSequencer,
  insertFrame,
  type Sequencer,
  takeNext,
} from '../../../ingest-task/line/sequencer.ts'
import { TIMING } from './machine-run.ts'

/** In place of a random number: the longest wait. */
const RANDOM = 0.999

const frame = (sequence: number): Frame => ({
  type: 'prices',
  sequence,
  zip: false,
  snapshot: false,
  payload: Uint8Array.of(sequence & 0xff),
})

export class Ordering {
  sequencer: Sequencer = createSequencer(2)
  resends: Resends = createResends(2)
  /** Numbers of the frames that were taken, in order. */
  readonly taken: number[] = []

  /** Inserts frames of a connection, and takes all that are in order then. */
  bring(connection: number, ...sequences: number[]): void {
    for (const sequence of sequences) {
      const requested = isAnswer(this.resends, connection, sequence)
      if (requested) this.resends = noteAnswer(this.resends, connection, sequence, 0)
      this.sequencer = insertFrame(this.sequencer, frame(sequence), connection, requested)
      this.#takeAll()
    }
  }

  #takeAll(): void {
    for (;;) {
      const next = takeNext(this.sequencer)
      if (next === undefined) return
      const { sequence, payload } = next.arrival.frame
      assert.deepEqual([...payload], [sequence & 0xff])
      this.taken.push(sequence)
      this.sequencer = next.sequencer
    }
  }

  /** Decides about missing frames at a time (ms), with these connections open. */
  decide(open: readonly number[], now: number): ResendStep | undefined {
    const { sequencer } = this
    const next = nextResend(this.resends, { sequencer, open, timing: TIMING, now, random: RANDOM })
    this.resends = next.resends
    return next.step
  }

  refuse(connection: number, range: Range): void {
    this.resends = noteRefusal(this.resends, connection, range)
  }

  reportBadFrame(connection: number): void {
    this.resends = noteBadFrame(this.resends, connection)
  }

  close(connection: number): void {
    this.resends = dropRequests(this.resends, connection)
  }

  overdue(now: number): number | undefined {
    return overdueResend(this.resends, this.sequencer, TIMING, now)
  }

  isOutOfReach(open: readonly number[], now: number): boolean {
    this.resends = noteProgress(this.resends, this.sequencer, open, now)
    return isOutOfReach(this.resends, TIMING, now)
  }

  get counts() {
    const { gaps, resends, refused } = this.resends
    return { gaps, resends, refused }
  }
}
