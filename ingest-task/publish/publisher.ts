/**
 * Publishes the lanes of a line to the stream `ticks`. A lane never has more than one envelope in flight, so whatever
 * fails, in part or whole, is published before anything later of its lane.
 */
import { type KinesisClient, PutRecordsCommand, type PutRecordsResultEntry } from '@aws-sdk/client-kinesis'
import { laneHashKey, laneName, laneOf } from '../../market/lane.ts'
import type { MarketEvent } from '../../market/market-event.ts'
import type { Tick } from '../../market/tick.ts'
import type { TradingDate } from '../../market/units.ts'
import { backoff } from '../put-backoff.ts'
import { createLane, type Lane, type Read } from './lane-sender.ts'
import type { Published } from './recover.ts'

/** Bytes waiting at which the line is made to wait too: some twenty seconds of the busiest minute of a line. */
const HIGH_BYTES = 8 * 1024 * 1024
/** Bytes waiting at which the line may go on. */
const LOW_BYTES = 2 * 1024 * 1024
/** How often lanes are looked at while something waits, milliseconds: what a tick may wait beyond its time to gather. */
export const LOOK_INTERVAL = 5
/** Longest wait before an envelope that failed is tried again, milliseconds. */
const RETRY_CAP = 2000
/**
 * Time between two key frames of a lane, milliseconds: what a new process reads of the stream at least, and how long
 * a reader that knows nothing waits for a quiet issue.
 */
export const KEY_FRAME_INTERVAL = 10_000
/** How Kinesis refuses what is beyond the rate of a shard. */
const THROTTLED = 'ProvisionedThroughputExceededException'

export interface PublisherOptions {
  readonly client: KinesisClient
  readonly streamName: string
  readonly line: number
  /** Lanes of the line. */
  readonly lanes: number
  /** What the process before this one has published, where this one goes on from there. */
  readonly published: Published | undefined
  /** The latest tick of every issue, without trades; asked for now and then. */
  boards(): Iterable<Tick>
  /** Too much is waiting (true), or no longer (false). */
  pressure(high: boolean): void
  /** Envelopes of these lanes failed and will be tried again. */
  failed(lanes: readonly string[], reason: string): void
  /** An envelope is in the stream. `newest`: market time of its newest live tick, epoch µs; not told where it has none. */
  delivered(newest: number): void
}

export interface Publisher {
  readonly stats: {
    readonly envelopes: number
    readonly bytes: number
    readonly ticks: number
    /** Envelopes that were not taken and sent again, and those of them that were too many for a shard. */
    readonly retries: number
    readonly throttled: number
    readonly waitingBytes: number
    readonly waitingEnvelopes: number
  }
  /** @param live false for one of a snapshot, which may be hours old. */
  tick(tick: Tick, live: boolean): void
  /**
   * All ticks of the line up to here, in its own numbering, are given; `reached` is the counter of its last message by
   * then. 0: that cannot be said, because boards are not
   * whole; there are no key frames then, and a process that follows this one starts from nothing. Once they are whole,
   * every lane says so with one.
   */
  position(tradingDate: TradingDate, position: number, reached: number): void
  events(tradingDate: TradingDate, events: readonly MarketEvent[]): void
  /** Resolves when everything given so far is published, and stays out of waiting for company from then on. */
  drain(): Promise<void>
}

interface Outlet {
  readonly lane: Lane
  readonly name: string
  readonly hashKey: string
  inFlight: boolean
  failures: number
  notBefore: number
}

export function createPublisher(options: PublisherOptions): Publisher {
  const { client, streamName, line, lanes: count, published } = options
  const epoch = epochAfter(published)
  let read: Read = { position: published?.position ?? 0, reached: published?.reached ?? 0 }
  let date = published?.tradingDate
  const outlets: Outlet[] = Array.from({ length: count }, (_, number) => ({
    lane: createLane({ line, number, epoch, follows: published?.lanes[number], read: () => read }),
    name: laneName(line, number),
    hashKey: laneHashKey(line, number, count),
    inFlight: false,
    failures: 0,
    notBefore: 0,
  }))
  /** Lanes by issue, so that a code is hashed once. */
  const byIssue = new Map<string, Lane>()
  const counts = { envelopes: 0, bytes: 0, ticks: 0, retries: 0, throttled: 0 }
  let timer: NodeJS.Timeout | undefined
  let turn = 0
  let high = false
  let draining = false
  let drained: (() => void) | undefined

  const waitingBytes = (): number => outlets.reduce((sum, { lane }) => sum + lane.waitingBytes, 0)
  const waitingEnvelopes = (): number => outlets.reduce((sum, { lane }) => sum + lane.waitingEnvelopes, 0)

  const laneFor = (issue: string): Lane => {
    let lane = byIssue.get(issue)
    if (lane === undefined) {
      lane = outlets[laneOf(issue, count)]!.lane
      byIssue.set(issue, lane)
    }
    return lane
  }

  const checkPressure = (): void => {
    const waiting = waitingBytes()
    const next = high ? waiting > LOW_BYTES : waiting > HIGH_BYTES
    if (next === high) return
    high = next
    options.pressure(high)
  }

  const pump = (): void => {
    timer = undefined
    const now = performance.now()
    const batch: Outlet[] = []
    const records = []
    for (const outlet of outlets) {
      if (outlet.inFlight || now < outlet.notBefore) continue
      const data = outlet.lane.next(now, draining)
      if (data === undefined) continue
      batch.push(outlet)
      records.push({ Data: data, PartitionKey: outlet.name, ExplicitHashKey: outlet.hashKey })
    }
    if (batch.length > 0) void put(batch, records)
    checkPressure()
    if (waitingBytes() > 0) schedule()
    else if (!outlets.some(outlet => outlet.inFlight)) drained?.()
  }

  const schedule = (): void => {
    timer ??= setTimeout(pump, LOOK_INTERVAL)
  }

  const put = async (
    batch: readonly Outlet[],
    records: readonly { Data: Uint8Array; PartitionKey: string; ExplicitHashKey: string }[],
  ): Promise<void> => {
    for (const outlet of batch) outlet.inFlight = true
    let results: readonly PutRecordsResultEntry[]
    try {
      const answer = await client.send(
        new PutRecordsCommand({ StreamName: streamName, Records: [...records] }),
      )
      results = answer.Records ?? []
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
      results = batch.map(() => ({ ErrorCode: reason }))
    }
    const failed = new Map<string, string[]>()
    for (const [index, outlet] of batch.entries()) {
      const result = results[index]
      outlet.inFlight = false
      if (result?.SequenceNumber !== undefined) {
        counts.envelopes++
        counts.bytes += records[index]!.Data.length
        const { ticks, newest } = outlet.lane.published()
        counts.ticks += ticks
        if (newest !== undefined) options.delivered(newest)
        outlet.failures = 0
      } else {
        const reason = [result?.ErrorCode, result?.ErrorMessage].filter(Boolean).join(': ')
        counts.retries++
        if (result?.ErrorCode?.startsWith(THROTTLED)) counts.throttled++
        outlet.notBefore = performance.now() + backoff(++outlet.failures, RETRY_CAP)
        failed.set(reason, [...(failed.get(reason) ?? []), outlet.name])
      }
    }
    for (const [reason, names] of failed) options.failed(names, reason)
    clearTimeout(timer)
    pump()
  }

  /** Sequences begin anew with each trading date. */
  const enter = (tradingDate: TradingDate): void => {
    if (tradingDate === date) return
    date = tradingDate
    read = { position: 0, reached: 0 }
  }

  const publishKeyFrame = (lane: Lane): void => {
    let tradingDate: TradingDate | undefined
    const ticks: Tick[] = []
    for (const tick of options.boards()) {
      tradingDate = tick.tradingDate
      if (laneFor(tick.board.issue) === lane) ticks.push(tick)
    }
    if (tradingDate === undefined) return
    lane.addBoards(tradingDate, ticks)
    schedule()
  }

  // The lanes take turns, so that their key frames come spread over the interval.
  const keyFrames = setInterval(() => {
    if (read.position > 0) publishKeyFrame(outlets[turn++ % count]!.lane)
  }, KEY_FRAME_INTERVAL / count)
  // What waits to be published keeps the process alive, not the next key frame.
  keyFrames.unref()

  return {
    get stats() {
      return { ...counts, waitingBytes: waitingBytes(), waitingEnvelopes: waitingEnvelopes() }
    },
    tick(tick, live) {
      enter(tick.tradingDate)
      laneFor(tick.board.issue).add(tick, live)
      schedule()
    },
    position(tradingDate, position, reached) {
      enter(tradingDate)
      const isWhole = read.position === 0 && position > 0
      read = { position, reached: position === 0 ? 0 : reached }
      if (isWhole) for (const { lane } of outlets) publishKeyFrame(lane)
    },
    events(tradingDate, events) {
      enter(tradingDate)
      outlets[0]!.lane.addEvents(tradingDate, events)
      schedule()
    },
    drain() {
      draining = true
      clearInterval(keyFrames)
      return new Promise(resolve => {
        drained = resolve
        clearTimeout(timer)
        pump()
      })
    },
  }
}

/** Start of this process, epoch ms; later than every one that it follows, whatever the clock says. */
function epochAfter(published: Published | undefined): number {
  return Math.max(Date.now(), ...(published?.lanes ?? []).map(({ epoch }) => epoch + 1))
}
