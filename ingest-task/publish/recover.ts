/**
 * Reads from the stream what the previous process has published of its line.
 *
 * No extra state is stored: every lane publishes key frames, and every envelope has the position up to which its sender
 * had read the line. The envelopes from a key frame on give the whole state of a lane.
 */
import { decodeEnvelope } from '../../market/codec/envelope.ts'
import type { IssueList } from '../../market/issue-parts.ts'
import { laneOf } from '../../market/lane.ts'
import type { StreamEvent } from '../../market/market-event.ts'
import type { Tick } from '../../market/tick.ts'
import {
  addMillis,
  asTradingDate,
  type EpochMillis,
  nowMillis,
  type TradingDate,
} from '../../market/units.ts'
import { newestMaster } from '../master-parts.ts'
import { type Found, laneTail } from './lane-tail.ts'
import { readTail, type TailOptions } from './stream-tail.ts'

/** The last envelope of a lane, and its last tick. */
export interface PublishedLane {
  readonly epoch: EpochMillis
  readonly counter: number
  /** Messages of the lane's issues up to this counter are published; 0 without any message. */
  readonly sequence: number
}

export interface Published {
  readonly tradingDate: TradingDate
  /** Position of the line, in its own numbering, up to which everything is published. */
  readonly position: number
  /**
   * All messages up to this counter are published. If the line has started a new session since, it sends earlier messages
   * again first.
   */
  readonly reached: number
  /** By lane number. */
  readonly lanes: readonly PublishedLane[]
  /** The latest tick of every issue, without its trade. */
  readonly boards: readonly Tick[]
  /** Messages of the trading date that were lost, as the last state of the line has it. */
  readonly lost: number
  /** All parts of the line's issue master; empty if the stream does not have all of them. */
  readonly master: IssueList
}

/**
 * How far back the stream is read (ms): each window in turn, until all lanes are complete. A crashed task is back within
 * a minute, a replaced task within three. A later task starts from a snapshot of the line.
 */
const WINDOWS = [20_000, 60_000, 180_000] as const
/** Longest time for all windows together, ms: the line is not read meanwhile. */
const TIME_LIMIT = 10_000

export interface RecoverOptions {
  readonly client: TailOptions['client']
  readonly streamName: string
  readonly line: number
  /** Number of lanes of the line. */
  readonly lanes: number
  /** Reports why the process cannot resume. */
  warn(reason: string): void
}

/**
 * Returns what the previous process has published, within ten seconds.
 * @returns undefined when this process has to start from a snapshot of the line: nothing was published lately, the
 * number of lanes has changed, or boards were not whole when the previous process ended.
 */
export async function readPublished(options: RecoverOptions): Promise<Published | undefined> {
  const { client, streamName, line, lanes, warn } = options
  const signal = AbortSignal.timeout(TIME_LIMIT)
  let reason = ''
  try {
    for (const window of WINDOWS) {
      const found = await readTail({
        client,
        streamName,
        line,
        lanes,
        since: addMillis(nowMillis(), -window),
        signal,
      })
      const published = publishedOf(found, lanes)
      if (typeof published !== 'string') return published
      reason = published
    }
  } catch (error) {
    reason = signal.aborted ? `the stream was not read within ${TIME_LIMIT} ms` : String(error)
  }
  warn(reason)
  return undefined
}

/** Returns what was published, or the reason why the envelopes do not show it. */
function publishedOf(found: readonly Found[], lanes: number): Published | string {
  const unknown = found.find(({ header }) => header.lane >= lanes)
  if (unknown !== undefined)
    return `expected ${lanes} lanes, found an envelope of lane ${unknown.header.lane}`
  const tails = []
  for (let number = 0; number < lanes; number++) {
    const tail = laneTail(found.filter(({ header }) => header.lane === number))
    if (typeof tail === 'string') return `lane ${number}: ${tail}`
    const other = tail.boards.find(({ board }) => laneOf(board.issue, lanes) !== number)
    if (other !== undefined)
      return `expected issues of lane ${number} of ${lanes}, found ${other.board.issue}: their number has changed`
    tails.push(tail)
  }
  const [tradingDate = asTradingDate(0), ...others] = new Set(tails.map(({ last }) => last.tradingDate))
  if (others.length > 0) return `expected one trading date, found ${[tradingDate, ...others].join(' and ')}`
  // Among lanes with the same message the first one counts, because it has the events too.
  const { position, reached } = tails
    .map(({ last }) => last)
    .reduce((a, b) => (b.reached < a.reached ? b : a))
  const events = eventsOf(found, tradingDate)
  return {
    tradingDate,
    position,
    reached,
    lanes: tails.map(({ last: { epoch, counter }, sequence }) => ({ epoch, counter, sequence })),
    boards: tails.flatMap(({ boards }) => boards),
    lost: lostOf(events),
    master: newestMaster(events),
  }
}

/** Returns the events of a trading date, in the order in which they were published. */
function eventsOf(found: readonly Found[], tradingDate: TradingDate): StreamEvent[] {
  return found
    .filter(({ kind, header }) => kind === 'events' && header.tradingDate === tradingDate)
    .toSorted((a, b) => a.header.epoch - b.header.epoch || a.header.counter - b.header.counter)
    .flatMap(({ bytes }) => {
      const content = decodeEnvelope(bytes)
      return content.kind === 'events' ? content.events : []
    })
}

/** Returns the lost messages in the last state of the line. A task publishes its state every few seconds. */
function lostOf(events: readonly StreamEvent[]): number {
  const state = events.findLast(({ type }) => type === 'line')
  return state?.type === 'line' ? (state.lost ?? 0) : 0
}
