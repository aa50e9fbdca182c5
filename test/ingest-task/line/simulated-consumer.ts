/** A consumer of the simulated line, which checks that no message is left out. */
import assert from 'node:assert/strict'
import type { LineContent } from '../../../ingest-task/line-seam.ts'

/** Takes the content of a line as ingest does, and checks that no message is left out without a snapshot. */
export class SimulatedConsumer {
  /** Counter of the last message taken. */
  last = 0
  /** Messages that only a snapshot covers, without the first snapshot. */
  lost = 0
  state = ''
  /** Messages that shall be unreadable, and how often. */
  readonly unreadable = new Map<number, number>()
  #isJoined = false
  #snapshotTo = 0

  take(content: LineContent): boolean {
    if (content.kind === 'state') this.state = content.state
    if (content.kind === 'snapshot-end') this.#join()
    return content.kind !== 'messages' || this.#takeMessages(content.bytes, content.snapshot)
  }

  #takeMessages(bytes: Uint8Array, snapshot: boolean): boolean {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const [from, to] = [view.getUint32(0), view.getUint32(4)]
    if (snapshot) {
      this.#snapshotTo = to
      return true
    }
    assert.ok(this.#isJoined, `message ${from} came before all boards were known`)
    assert.ok(from <= this.last + 1, `message ${this.last + 1} was left out before message ${from}`)
    const times = this.unreadable.get(from) ?? 0
    if (times > 0 && from > this.last) {
      this.unreadable.set(from, times - 1)
      return false
    }
    this.last = Math.max(this.last, to)
    return true
  }

  #join(): void {
    if (this.#isJoined) this.lost += Math.max(0, this.#snapshotTo - this.last)
    this.last = Math.max(this.last, this.#snapshotTo)
    this.#isJoined = true
  }
}
