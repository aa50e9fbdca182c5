/** Writes the boards of a round to the boards table. */
import { eachOf } from '../../lambda/each-of.ts'
import { encodePack } from '../../market/codec/pack.ts'
import type { Tick } from '../../market/tick.ts'
import { type BoardItem, boardId } from '../../tables/boards/board-items.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import { type Condition, putBatch, putIf, WRITES_PER_REQUEST } from '../../tables/dynamodb.ts'
import { isThrottle } from '../../tables/retry.ts'

/**
 * Time for the writes of a round (ms), as for a slow post. Later boards go with the next round. No request stays in
 * flight after the round: Lambda freezes an environment between invocations, and a request that continues after the
 * freeze could overwrite a newer board of another environment.
 */
const WRITE_LIMIT_MS = 1_000
/** Requests in flight, counted separately for batches and for single puts. */
const WRITES_IN_FLIGHT = 16

export interface BoardWriter {
  /**
   * Writes the latest ticks of a round. Also writes the boards that the table did not take in earlier rounds, unless
   * the table has newer ones.
   * @throws AggregateError if the table refused a write for a reason other than throttling or the time limit.
   */
  write(ticks: Iterable<Tick>): Promise<void>
  /** Returns the issues whose board is still to be written. */
  due(): Iterable<string>
}

export function createBoardWriter(boards: BoardsTable): BoardWriter {
  const due = new Map<string, Tick>()

  /** Overwrites without a condition: the rounds of a lane follow each other, so this board is newer than the table's. */
  const putNew = async (ticks: readonly Tick[], limit: AbortSignal): Promise<void> => {
    const left = await putBatch(boards, ticks.map(boardItem), ({ id }) => id, limit)
    const leftIds = new Set(left.map(({ id }) => id))
    for (const { board } of ticks) if (!leftIds.has(boardId(board.issue))) due.delete(board.issue)
  }

  /** Replaces only an older board: the lane may have moved to another environment since the board was left. */
  const putLeft = async (tick: Tick, limit: AbortSignal): Promise<void> => {
    await putIf(boards, boardItem(tick), olderThan(tick), limit)
    due.delete(tick.board.issue)
  }

  return {
    async write(ticks) {
      const newest = new Map<string, Tick>()
      for (const tick of ticks) newest.set(tick.board.issue, tick)
      const left = [...due.values()].filter(tick => !newest.has(tick.board.issue))
      for (const [issue, tick] of newest) due.set(issue, tick)
      const limit = AbortSignal.timeout(WRITE_LIMIT_MS)
      const errors: unknown[] = []
      const attempt = async (write: () => Promise<void>): Promise<void> => {
        if (limit.aborted) return
        try {
          await write()
        } catch (error) {
          if (!limit.aborted && !isThrottle(error)) errors.push(error)
        }
      }
      await Promise.all([
        eachOf(batchesOf([...newest.values()]), WRITES_IN_FLIGHT, batch =>
          attempt(() => putNew(batch, limit)),
        ),
        eachOf(left, WRITES_IN_FLIGHT, tick => attempt(() => putLeft(tick, limit))),
      ])
      if (errors.length > 0) {
        throw new AggregateError(errors, `${errors.length} writes to ${boards.table} failed: ${errors[0]}`)
      }
    },
    due: () => due.keys(),
  }
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
