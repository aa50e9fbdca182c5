/** Writes the boards of a round to the boards table. */
import { once } from 'node:events'
import { eachOf } from '../../lambda/each-of.ts'
import { startPatience } from '../../lambda/patience.ts'
import { encodePack } from '../../market/codec/pack.ts'
import type { Tick } from '../../market/tick.ts'
import { addMillis, asEpochMillis, type EpochMillis, nowMillis } from '../../market/units.ts'
import { type BoardItem, boardId } from '../../tables/boards/board-items.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import { type Condition, putBatch, putIf, WRITES_PER_REQUEST } from '../../tables/dynamodb.ts'
import { isThrottle } from '../../tables/retry.ts'

/** Requests in flight, counted separately for batches and for single puts. */
const BATCHES_IN_FLIGHT = 16
const PUTS_IN_FLIGHT = 64
/**
 * Time that the batches in flight get after the signal (ms), because a batch without an answer is costly. Tables usually
 * answer within 20 ms.
 */
const LAST_BATCH_MS = 30
/**
 * A batch without an answer may still reach the table, and would then replace a newer board. Its boards are not written
 * in this time (ms): a table that is slow usually answers within three seconds. So a table in trouble also gets fewer
 * requests.
 */
const LATE_MS = 3_000
/**
 * After a batch without an answer, boards are written one by one for this time (ms), and only over older boards. Such a
 * write may go on in later rounds: it does no harm however late it arrives.
 */
const TROUBLE_MS = 10_000
/** The boards of a batch without an answer are written once more after this time (ms), if the table has older ones. */
const CONFIRM_AFTER_MS = 30_000

export interface BoardWriter {
  /**
   * Writes the latest ticks of a round. Also writes the boards that the table did not take in earlier rounds, unless
   * the table has newer ones. Resolves at most {@link LAST_BATCH_MS} after `signal` is aborted. No batch stays in flight
   * then: Lambda freezes an environment between invocations, and a batch that continues after the freeze could replace a
   * newer board of another environment.
   * @throws AggregateError if the table refused a write for a reason other than throttling or the signal.
   */
  write(ticks: Iterable<Tick>, signal: AbortSignal): Promise<void>
  /** Returns the issues whose board is still to be written. */
  due(): Iterable<string>
}

/** A batch without an answer may still write an older board of the issue. */
interface Doubt {
  /** The latest tick of the issue. */
  tick: Tick
  readonly since: EpochMillis
}

export function createBoardWriter(boards: BoardsTable): BoardWriter {
  const due = new Map<string, Tick>()
  const doubts = new Map<string, Doubt>()
  let troubleEnds = asEpochMillis(0)
  /** Issues whose board is being written alone. */
  const writing = new Set<string>()
  const errors: unknown[] = []

  const mayBeWritten = ({ board }: Tick): boolean => {
    const doubt = doubts.get(board.issue)
    return doubt === undefined || nowMillis() >= addMillis(doubt.since, LATE_MS)
  }

  const addConfirmations = (): void => {
    for (const [issue, { tick, since }] of doubts) {
      if (nowMillis() < addMillis(since, CONFIRM_AFTER_MS)) continue
      doubts.delete(issue)
      if (!due.has(issue)) due.set(issue, tick)
    }
  }

  /** Overwrites without a condition: the rounds of a lane follow each other, so this board is newer than the table's. */
  const putNew = async (ticks: readonly Tick[], signal: AbortSignal): Promise<void> => {
    try {
      const left = await putBatch(boards, ticks.map(boardItem), ({ id }) => id, signal)
      const leftIds = new Set(left.map(({ id }) => id))
      for (const { board } of ticks) if (!leftIds.has(boardId(board.issue))) due.delete(board.issue)
    } catch (error) {
      const since = nowMillis()
      for (const tick of ticks) doubts.set(tick.board.issue, { tick, since })
      troubleEnds = addMillis(since, TROUBLE_MS)
      if (!signal.aborted) errors.push(error)
    }
  }

  /** Replaces only an older board: the lane may have moved to another environment since the board was left. */
  const putAlone = async (tick: Tick): Promise<void> => {
    const { issue } = tick.board
    writing.add(issue)
    try {
      await putIf(boards, boardItem(tick), olderThan(tick))
      if (due.get(issue) === tick) due.delete(issue)
    } catch (error) {
      if (!isThrottle(error)) errors.push(error)
    } finally {
      writing.delete(issue)
    }
  }

  return {
    async write(ticks, signal) {
      const newest = new Map<string, Tick>()
      for (const tick of ticks) newest.set(tick.board.issue, tick)
      for (const [issue, tick] of newest) {
        due.set(issue, tick)
        const doubt = doubts.get(issue)
        if (doubt !== undefined) doubt.tick = tick
      }
      addConfirmations()
      const isTrouble = nowMillis() < troubleEnds
      const goesAlone = ({ board }: Tick): boolean => isTrouble || !newest.has(board.issue)
      const ready = [...due.values()].filter(mayBeWritten)
      const alone = ready.filter(tick => goesAlone(tick) && !writing.has(tick.board.issue))
      const batches = batchesOf(ready.filter(tick => !goesAlone(tick)))
      const puts = eachOf(alone, PUTS_IN_FLIGHT - writing.size, async tick => {
        if (!signal.aborted) await putAlone(tick)
      })
      const end = aborted(signal)
      const lastBatches = new AbortController()
      void end.then(() => startPatience(LAST_BATCH_MS).over).then(() => lastBatches.abort())
      await Promise.all([
        eachOf(batches, BATCHES_IN_FLIGHT, async batch => {
          if (!signal.aborted) await putNew(batch, lastBatches.signal)
        }),
        Promise.race([puts, end]),
      ])
      const failures = errors.splice(0)
      if (failures.length > 0) {
        throw new AggregateError(
          failures,
          `${failures.length} writes to ${boards.table} failed: ${failures[0]}`,
        )
      }
    },
    due: () => due.keys(),
  }
}

function aborted(signal: AbortSignal): Promise<unknown> {
  return signal.aborted ? Promise.resolve() : once(signal, 'abort')
}

function batchesOf(ticks: readonly Tick[]): Tick[][] {
  const count = Math.ceil(ticks.length / WRITES_PER_REQUEST)
  return Array.from({ length: count }, (_, index) =>
    ticks.slice(index * WRITES_PER_REQUEST, (index + 1) * WRITES_PER_REQUEST),
  )
}

function boardItem(tick: Tick): BoardItem {
  return {
    id: boardId(tick.board.issue),
    pack: encodePack([tick]),
    tradingDate: tick.tradingDate,
    sequence: tick.sequence,
  }
}

/** Returns the condition that the table has no board of the issue, or an older one. */
function olderThan({ tradingDate, sequence }: Tick): Condition {
  return {
    expression: 'attribute_not_exists(id) OR #date < :date OR (#date = :date AND #sequence < :sequence)',
    names: { '#date': 'tradingDate', '#sequence': 'sequence' },
    values: { ':date': tradingDate, ':sequence': sequence },
  }
}
