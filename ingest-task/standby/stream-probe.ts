/** Asks the stream from time to time whether it can be reached: a standby puts nothing that would show it. */
import { type KinesisClient, ListShardsCommand } from '@aws-sdk/client-kinesis'
import type { Millis } from '../../market/units.ts'
import { within } from '../lease/within.ts'

/** Time between two requests, real ms. ListShards is free; a stream takes 1,000 a second (Kinesis quotas and limits). */
const INTERVAL_MS = 1_000
/** Most time for an answer, real ms. */
const LIMIT_MS = 800
/** An answer counts for so long, real ms. */
const FRESH_MS = 2_500

export class StreamProbe {
  #answeredAt = -Infinity
  readonly #timer: NodeJS.Timeout
  readonly #request: (signal: AbortSignal) => Promise<unknown>

  constructor(client: KinesisClient, streamName: string) {
    this.#request = abortSignal =>
      client.send(new ListShardsCommand({ StreamName: streamName, MaxResults: 1 }), { abortSignal })
    this.#timer = setInterval(() => void this.#ask(), INTERVAL_MS)
    void this.#ask()
  }

  /** Whether the stream has answered lately. */
  get answers(): boolean {
    return performance.now() - this.#answeredAt < FRESH_MS
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #ask(): Promise<void> {
    const askedAt: Millis = performance.now()
    try {
      await within(LIMIT_MS, this.#request)
      this.#answeredAt = askedAt
    } catch {
      // An answer that does not come says enough.
    }
  }
}
