/** Reads a batch of the stream: decodes its envelopes and groups their ticks by issue and by lane. */
import { decodeEnvelope, type Envelope, EnvelopeError } from '../../market/codec/envelope.ts'
import { UnknownVersionError } from '../../market/codec/sealed-bytes.ts'
import { laneName } from '../../market/lane.ts'
import type { Tick } from '../../market/tick.ts'
import type { EpochMillis } from '../../market/units.ts'
import { packKey } from '../../tables/ticks/ticks-item.ts'
import type { DecodedRecord, EpochFence } from './epoch-fence.ts'
import { type LaneRange, rangeName } from './lane-borders.ts'

/** One record of the stream. */
export interface StreamRecord {
  readonly sequenceNumber: string
  /** The envelope. */
  readonly bytes: Uint8Array
}

/** The ticks that a batch has of one issue and trading date. */
export interface IssueTicks {
  /** Index of the first record with one of the ticks. */
  readonly firstRecord: number
  /** The issue's lane. */
  readonly range: LaneRange
  /** By rising sequence, each once; at least one. */
  readonly ticks: readonly Tick[]
}

/** The first record whose envelope cannot be decoded: it is damaged, or another release wrote it. */
interface BadRecord {
  readonly index: number
  readonly error: EnvelopeError | UnknownVersionError
}

/** A readable record of the task that owns its lane. */
export interface PassedRecord {
  readonly index: number
  readonly envelope: Envelope
}

/** A part of a batch in which no lane changes its task: its ticks of each lane follow each other without going back. */
export interface Stretch {
  readonly issues: readonly IssueTicks[]
  readonly ranges: readonly LaneRange[]
}

export interface Batch {
  /** The readable records that were not dropped, in order. */
  readonly passed: readonly PassedRecord[]
  /** The ticks of `passed`, in order: one stretch, unless a task was replaced. */
  readonly stretches: readonly Stretch[]
  /** The first bad record, if there is one. */
  readonly bad: BadRecord | undefined
}

/** Reads the records before the first bad one, without those that `fence` drops. Key frames and events have no ticks. */
export function readBatch(records: readonly StreamRecord[], fence: EpochFence): Batch {
  const { decoded, bad } = decodeRecords(records)
  fence.observe(decoded)
  const passed = decoded.flatMap((record, index) =>
    fence.isLate(record) ? [] : [{ index, envelope: record.envelope }],
  )
  const parts = stretchesOf(passed)
  const best = parts.length > 1 ? bestCopies(passed) : undefined
  return { passed, stretches: parts.map(part => readStretch(part, best)), bad }
}

/**
 * Cuts records where a lane's task is replaced. The new task goes back: it starts with ticks that the old task has sent.
 * So the ticks before and after do not follow each other, and the old task may have got further with one issue than with
 * another.
 */
function stretchesOf(passed: readonly PassedRecord[]): PassedRecord[][] {
  const stretches: PassedRecord[][] = [[]]
  let epochs = new Map<string, EpochMillis>()
  for (const record of passed) {
    const { line, lane, epoch } = record.envelope
    const name = laneName(line, lane)
    if ((epochs.get(name) ?? epoch) !== epoch) {
      stretches.push([])
      epochs = new Map()
    }
    epochs.set(name, epoch)
    stretches.at(-1)!.push(record)
  }
  return stretches
}

/** @param best for each tick that the batch has several times, the copy to store. */
function readStretch(records: readonly PassedRecord[], best: Copies | undefined): Stretch {
  const issues = new Map<string, { firstRecord: number; range: LaneRange; ticks: Tick[] }>()
  const ranges = new Map<string, LaneRange>()
  for (const { index, envelope } of records) {
    // A key frame repeats boards that were sent before.
    if (envelope.kind !== 'ticks') continue
    const { line, lane, tradingDate } = envelope
    for (const tick of envelope.ticks) {
      const { sequence } = tick
      const range = extendRange(ranges, { line, lane, tradingDate, first: sequence, last: sequence })
      const key = packKey(tick.board.issue, tradingDate)
      const issue = issues.get(key)
      if (issue === undefined) issues.set(key, { firstRecord: index, range, ticks: [tick] })
      else issue.ticks.push(tick)
    }
  }
  return {
    issues: [...issues].map(([key, issue]) => ({
      ...issue,
      ticks: sortAndDeduplicate(issue.ticks).map(tick => best?.get(key)?.get(tick.sequence) ?? tick),
    })),
    ranges: [...ranges.values()],
  }
}

/** Ticks by sequence, by the key of their issue. */
type Copies = ReadonlyMap<string, ReadonlyMap<number, Tick>>

/** Returns the copy to store of each tick of a batch. */
function bestCopies(passed: readonly PassedRecord[]): Copies {
  const all = passed.flatMap(({ envelope }) => (envelope.kind === 'ticks' ? envelope.ticks : []))
  const byIssue = Map.groupBy(all, ({ board, tradingDate }) => packKey(board.issue, tradingDate))
  return new Map(
    [...byIssue].map(([key, ticks]) => [
      key,
      new Map(sortAndDeduplicate(ticks).map(tick => [tick.sequence, tick])),
    ]),
  )
}

/** Decodes the envelopes of `records` up to the first that cannot be decoded. */
function decodeRecords(records: readonly StreamRecord[]): { decoded: DecodedRecord[]; bad?: BadRecord } {
  const decoded: DecodedRecord[] = []
  for (const [index, { sequenceNumber, bytes }] of records.entries()) {
    try {
      decoded.push({ sequenceNumber, envelope: decodeEnvelope(bytes) })
    } catch (error) {
      if (!(error instanceof EnvelopeError || error instanceof UnknownVersionError)) throw error
      return { decoded, bad: { index, error } }
    }
  }
  return { decoded }
}

/** Extends the range of a lane and trading date to `tick`, and returns it. */
function extendRange(ranges: Map<string, LaneRange>, tick: LaneRange): LaneRange {
  const name = rangeName(tick)
  const range = ranges.get(name)
  if (range === undefined) {
    ranges.set(name, tick)
    return tick
  }
  range.first = Math.min(range.first, tick.first)
  range.last = Math.max(range.last, tick.last)
  return range
}

/**
 * Returns the ticks by rising sequence, each once.
 *
 * Two copies of a tick may differ. A snapshot repeats a tick without its trade, and a task that starts with a snapshot
 * marks it as `lost` because it cannot know the messages before. The copy with a trade is kept, else a copy that is not
 * `lost`.
 */
export function sortAndDeduplicate(ticks: readonly Tick[]): Tick[] {
  const sorted: Tick[] = []
  for (const tick of ticks.toSorted((a, b) => a.sequence - b.sequence)) {
    const last = sorted.at(-1)
    if (last?.sequence !== tick.sequence) sorted.push(tick)
    else if (last.trade === undefined && (tick.trade !== undefined || last.lost))
      sorted[sorted.length - 1] = tick
  }
  return sorted
}
