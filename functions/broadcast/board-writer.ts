/** Writes the latest boards to the boards table: each group of issues at an interval, spread over its seconds. */
import { once } from 'node:events'
import { createErrands } from '../../lambda/errands.ts'
import { isLaterTick, type Tick } from '../../market/tick.ts'
import { addMillis, asEpochMillis, type EpochMillis, nowMillis } from '../../market/units.ts'
import { BOARD_GROUPS, boardGroupOf, putIntoGroup } from '../../tables/boards/board-groups.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import { isThrottle } from '../../tables/retry.ts'
import { SETTLE_MS } from '../../tables/ticks/watermarks.ts'

/**
 * Time between two writes of a group (ms). All groups of 4,400 issues take 302 write units late in a day, so the table takes
 * 43 units a second, however busy the market is (`npm run bench -- boards`). The boards of the table are at most about so old.
 */
export const WRITE_EVERY_MS = 7_000
/**
 * Groups that are written at the same time. In a second 14 are due. After an outage and in a new environment all are due:
 * the limit keeps the writes of such a round at 70 of the 1,000 units that a partition takes in a second.
 */
const WRITES_IN_FLIGHT = 20
/** A group that the table did not take is written again after this time (ms), so that a table in trouble gets few requests. */
const RETRY_AFTER_MS = 1_000

export interface BoardWriter {
  /**
   * Takes the latest ticks of a round, and writes the groups whose time has come. Resolves when these are written, at the
   * latest when `signal` is aborted. A write may go on in later rounds: it does no harm however late it arrives, because
   * it replaces only the version of the item that it has read.
   * @throws AggregateError if a write since the last call failed for a reason other than throttling.
   */
  write(ticks: Iterable<Tick>, signal: AbortSignal): Promise<void>
  /** Returns the issues of which a reader may still get an older board than the latest of {@link write}. */
  due(): Iterable<string>
  /** Returns the number of boards that the table does not have although the time of their group has come. */
  overdue(): number
}

interface Group {
  /** Latest ticks that the table does not have, by issue. */
  readonly ticks: Map<string, Tick>
  /** When the group may be written again. */
  turn: EpochMillis
  /** When the group may be written after a failure. */
  retryAt: EpochMillis
}

/** @param now the clock of the intervals. Default: the real clock. */
export function createBoardWriter(boards: BoardsTable, now: () => EpochMillis = nowMillis): BoardWriter {
  const groups: readonly Group[] = Array.from({ length: BOARD_GROUPS }, () => ({
    ticks: new Map(),
    // A new environment writes at once: its predecessor may have left boards.
    turn: asEpochMillis(0),
    retryAt: asEpochMillis(0),
  }))
  /** Boards that the table has: when every reader gets them. The earliest first. */
  const settling = new Map<string, EpochMillis>()
  const errands = createErrands<Group>(WRITES_IN_FLIGHT)
  const errors: unknown[] = []

  const groupOf = (issue: string): Group => groups[boardGroupOf(issue)]!

  const take = (tick: Tick): void => {
    const { ticks } = groupOf(tick.board.issue)
    const before = ticks.get(tick.board.issue)
    if (before === undefined || isLaterTick(tick, before)) ticks.set(tick.board.issue, tick)
  }

  const store = async (group: Group, index: number): Promise<void> => {
    const ticks = [...group.ticks.values()]
    const start = now()
    try {
      // After a concurrent change the group stays due, and the next round reads the item again.
      if (!(await putIntoGroup(boards, index, ticks, error => errors.push(error)))) return
      group.turn = nextTurn(index, start)
      const settled = addMillis(now(), SETTLE_MS)
      for (const tick of ticks) {
        const { issue } = tick.board
        if (group.ticks.get(issue) === tick) group.ticks.delete(issue)
        settling.delete(issue)
        settling.set(issue, settled)
      }
    } catch (error) {
      group.retryAt = addMillis(now(), RETRY_AFTER_MS)
      if (!isThrottle(error)) errors.push(error)
    }
  }

  const isWaiting = ({ ticks, turn }: Group): boolean => ticks.size > 0 && turn <= now()
  const isSettling = (issue: string): boolean => (settling.get(issue) ?? 0) > now()

  return {
    async write(ticks, signal) {
      for (const tick of ticks) take(tick)
      for (const issue of settling.keys()) {
        if (isSettling(issue)) break
        settling.delete(issue)
      }
      for (const [index, group] of groups.entries()) {
        if (isWaiting(group) && group.retryAt <= now()) errands.start(group, () => store(group, index))
      }
      await Promise.race([errands.settled(), aborted(signal)])
      const failures = errors.splice(0)
      if (failures.length > 0) {
        throw new AggregateError(
          failures,
          `${failures.length} writes to ${boards.table} failed: ${failures[0]}`,
        )
      }
    },
    *due() {
      for (const { ticks } of groups) yield* ticks.keys()
      for (const issue of settling.keys())
        if (isSettling(issue) && !groupOf(issue).ticks.has(issue)) yield issue
    },
    overdue: () => groups.filter(isWaiting).reduce((sum, { ticks }) => sum + ticks.size, 0),
  }
}

/** Returns when a group may be written after a write at `start`. The turns of all groups are spread over the interval. */
function nextTurn(group: number, start: EpochMillis): EpochMillis {
  const offset = (group * WRITE_EVERY_MS) / BOARD_GROUPS
  return addMillis(start, WRITE_EVERY_MS - ((start - offset) % WRITE_EVERY_MS))
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}
