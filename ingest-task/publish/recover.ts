/**
 * What the process before this one has published of its line, read back from the stream.
 *
 * The stream itself keeps it, so the path of a price pays nothing: every lane publishes a key frame now and then, and
 * every envelope says how far its sender had read the line. A lane's tail from a key frame on is all of the lane.
 */
import { decodeEnvelope } from '../../market/codec/envelope.ts'
import { laneOf } from '../../market/lane.ts'
import type { Tick } from '../../market/tick.ts'
import {
  addMillis,
  asTradingDate,
  type EpochMillis,
  nowMillis,
  type TradingDate,
} from '../../market/units.ts'
import { type Found, laneTail } from './lane-tail.ts'
import { readTail, type TailOptions } from './stream-tail.ts'

/** The last envelope of a lane, and its last tick. */
export interface PublishedLane {
  readonly epoch: EpochMillis
  readonly counter: number
  /** Messages of the lane's issues up to this one are published; 0 where there was none. */
  readonly sequence: number
}

export interface Published {
  readonly tradingDate: TradingDate
  /** The line is to be read again from here, in its own numbering: all before is published. */
  readonly position: number
  /**
   * All messages up to this counter are published. Should the line have begun to number anew, messages that come from
   * `position` on do not join on to this one.
   */
  readonly reached: number
  /** By number of the lane. */
  readonly lanes: readonly PublishedLane[]
  /** The latest tick of every issue, without its trade. */
  readonly boards: readonly Tick[]
  /** Messages of the trading date that were lost for good, as the line's state last said. */
  readonly lost: number
}

/**
 * How far back the stream is read (ms), one after the other until all lanes are whole: a task that crashed is back
 * within a minute, one that was replaced within three. Who comes later starts from a snapshot of the line.
 */
const WINDOWS = [20_000, 60_000, 180_000] as const
/** All reading together takes no longer, ms: the line is not read meanwhile. */
const TIME_LIMIT = 10_000

export interface RecoverOptions {
  readonly client: TailOptions['client']
  readonly streamName: string
  readonly line: number
  /** Lanes of the line. */
  readonly lanes: number
  /** Nothing can be gone on from, for this reason. */
  warn(reason: string): void
}

/**
 * Where to go on from, within ten seconds.
 * @returns undefined where that is not known, so that everything must begin with a snapshot of the line: nothing was
 * published lately, the number of lanes has changed, or boards were not whole when the last process ended.
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

/** @returns why not, where the envelopes do not tell. */
function publishedOf(found: readonly Found[], lanes: number): Published | string {
  const strange = found.find(({ header }) => header.lane >= lanes)
  if (strange !== undefined)
    return `expected ${lanes} lanes, found an envelope of lane ${strange.header.lane}`
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
  // Of lanes that have reached the same message the first counts: it has the events too.
  const { position, reached } = tails
    .map(({ last }) => last)
    .reduce((a, b) => (b.reached < a.reached ? b : a))
  return {
    tradingDate,
    position,
    reached,
    lanes: tails.map(({ last: { epoch, counter }, sequence }) => ({ epoch, counter, sequence })),
    boards: tails.flatMap(({ boards }) => boards),
    lost: lostOf(found.filter(({ header }) => header.tradingDate === tradingDate)),
  }
}

/** What the last state of the line among these envelopes says; a task says it every few seconds. */
function lostOf(found: readonly Found[]): number {
  const latestFirst = found
    .filter(({ kind }) => kind === 'events')
    .toSorted((a, b) => b.header.epoch - a.header.epoch || b.header.counter - a.header.counter)
  for (const { bytes } of latestFirst) {
    const content = decodeEnvelope(bytes)
    const state = content.kind === 'events' && content.events.findLast(({ type }) => type === 'line')
    if (state && state.type === 'line') return state.lost ?? 0
  }
  return 0
}
