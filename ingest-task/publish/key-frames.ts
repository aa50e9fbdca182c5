/** Says when a lane publishes a key frame: all boards of the lane, from which a reader that knows nothing goes on. */
import type { EpochMicros, Micros } from '../../market/units.ts'

/**
 * Time between two key frames of a lane, milliseconds: at least so much of the stream is read by a new process, and so
 * long a reader that knows nothing waits for a quiet issue.
 */
export const KEY_FRAME_INTERVAL = 10_000
/**
 * Market time after which every lane has another key frame, µs: readers of the whole market (docs/storage.md) find a key frame of
 * each few minutes. It passes before {@link KEY_FRAME_INTERVAL} if the clock of a local system or of a replay runs fast. It also
 * passes at once when a line comes back that was down, because the reported time jumps.
 */
export const KEY_FRAME_MARKET_TIME: Micros = 120_000_000

export class KeyFrames {
  readonly #lanes: number
  readonly #publish: (lane: number) => void
  readonly #timer: NodeJS.Timeout
  /** Turns that lanes have had. */
  #turns = 0
  /** Market time up to which the line was read, as last reported. */
  #readUntil: EpochMicros | undefined
  /** The same at the last key frames of all lanes. The first report counts as such: a new task does not hold up its ticks. */
  #framedUntil: EpochMicros | undefined

  /**
   * @param lanes number of lanes. They take turns, so that their key frames are spread over the interval.
   * @param publish publishes a key frame of a lane, if there can be one now.
   */
  constructor(lanes: number, publish: (lane: number) => void) {
    this.#lanes = lanes
    this.#publish = publish
    this.#timer = setInterval(() => this.#takeTurn(), KEY_FRAME_INTERVAL / lanes)
    // The next key frame alone does not keep the process alive.
    this.#timer.unref()
  }

  /** Notes that the line was read up to a market time. */
  readUntil(until: EpochMicros): void {
    this.#readUntil = until
    this.#framedUntil ??= until
    if (until - this.#framedUntil >= KEY_FRAME_MARKET_TIME) this.publishAll()
  }

  /** Publishes a key frame in every lane. */
  publishAll(): void {
    this.#framedUntil = this.#readUntil
    for (let lane = 0; lane < this.#lanes; lane++) this.#publish(lane)
  }

  /** Ends turns for good. */
  end(): void {
    clearInterval(this.#timer)
  }

  #takeTurn(): void {
    const lane = this.#turns++ % this.#lanes
    if (lane === 0) this.#framedUntil = this.#readUntil
    this.#publish(lane)
  }
}
