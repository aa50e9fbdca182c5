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
import { addMillis, asTradingDate, type EpochMillis, type TradingDate } from '../../market/units.ts'
import { newestMaster } from '../master-parts.ts'
import { type Found, laneTail, type NoTail } from './lane-tail.ts'
import { CLOCK_TOLERANCE, StreamTail, type TailOptions } from './stream-tail.ts'

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
 * How far back the stream is read, ms. A crashed task is back within a minute, a replaced task within three. A later task
 * starts from a snapshot of the line.
 */
const REACH = 180_000
/** The last key frame of every lane is at least so old, ms: KEY_FRAME_INTERVAL. */
const FIRST_SPAN = 10_000
/** How much further back each step reads, ms: until a record is found, and from then on. */
const SEARCH_SPAN = 10_000
const SPAN = 5_000
/**
 * Longest time for all of it, ms: the line is not read meanwhile. At the opening, with 1 MB a second of all lines, three
 * tasks that start at once read some 13 MB each, which a shard returns in 20 s at 2 MB a second. A single task that comes
 * back after 40 s reads 40 MB, and store-ticks the two other lines: 30 s.
 */
export const RECOVERY_TIME_LIMIT = 60_000

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
 * Returns what the previous process has published, within a minute.
 * @returns undefined when this process has to start from a snapshot of the line: nothing was published lately, the
 * number of lanes has changed, or boards were not whole when the previous process ended.
 */
export async function readPublished({ warn, ...options }: RecoverOptions): Promise<Published | undefined> {
  const signal = AbortSignal.timeout(RECOVERY_TIME_LIMIT)
  try {
    const published = await readBack(await StreamTail.open({ ...options, signal }), options.lanes)
    if (!('reason' in published)) return published
    warn(published.reason)
  } catch (error) {
    warn(signal.aborted ? `the stream was not read within ${RECOVERY_TIME_LIMIT} ms` : String(error))
  }
  return undefined
}

/** Reads the stream back until it shows what was published. Returns why, if it does not. */
async function readBack(tail: StreamTail, lanes: number): Promise<Published | NoTail> {
  const now = tail.startedAt
  const firstArrival = await tail.firstArrivalSince(addMillis(now, -REACH))
  if (firstArrival === undefined) return publishedOf([], lanes)
  // In the morning the stream has only what the other tasks have just published. Nothing is before it.
  const furthest = Math.min(REACH, Math.max(0, now - firstArrival) + CLOCK_TOLERANCE)
  let isLast = false
  let reach = Math.min(furthest, FIRST_SPAN)
  for (; ; reach = Math.min(furthest, reach + (tail.isEmpty ? SEARCH_SPAN : SPAN))) {
    await tail.readBackTo(addMillis(now, -reach))
    const published = publishedOf(tail.found, lanes)
    if ('reason' in published ? !published.isEarlier : isLast || published.master.length > 0) return published
    if (reach === furthest) return published
    // The master is repeated as often as key frames, so it may be a little earlier than all of them.
    isLast = !('reason' in published)
  }
}

/** Returns what was published, or why the envelopes do not show it. */
function publishedOf(found: readonly Found[], lanes: number): Published | NoTail {
  const unknown = found.find(({ header }) => header.lane >= lanes)
  if (unknown !== undefined)
    return never(`expected ${lanes} lanes, found an envelope of lane ${unknown.header.lane}`)
  const tails = []
  for (let number = 0; number < lanes; number++) {
    const tail = laneTail(found.filter(({ header }) => header.lane === number))
    if ('reason' in tail) return { ...tail, reason: `lane ${number}: ${tail.reason}` }
    const other = tail.boards.find(({ board }) => laneOf(board.issue, lanes) !== number)
    if (other !== undefined)
      return never(
        `expected issues of lane ${number} of ${lanes}, found ${other.board.issue}: their number has changed`,
      )
    tails.push(tail)
  }
  const [tradingDate = asTradingDate(0), ...others] = new Set(tails.map(({ last }) => last.tradingDate))
  if (others.length > 0)
    return never(`expected one trading date, found ${[tradingDate, ...others].join(' and ')}`)
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

function never(reason: string): NoTail {
  return { reason, isEarlier: false }
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
