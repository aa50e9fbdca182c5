/** Fills the boards table for tests, with the code of broadcast. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createBoardWriter } from '../../functions/broadcast/board-writer.ts'
import { createEventStore } from '../../functions/broadcast/event-store.ts'
import { type Clock, systemClock } from '../../market/clock.ts'
import type { MarketEvent } from '../../market/market-event.ts'
import type { AppEvent } from '../../market/protocol.ts'
import type { Tick } from '../../market/tick.ts'
import { asEpochMillis } from '../../market/units.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'

/** Time for all writes of one call (ms): a busy machine needs more than the few that are usual. */
const LIMIT_MS = 20_000

/** Writes the boards of ticks as a new environment of broadcast does. */
export async function writeBoards(boards: BoardsTable, ticks: Iterable<Tick>): Promise<void> {
  const writer = createBoardWriter(boards)
  const signal = AbortSignal.timeout(LIMIT_MS)
  await writer.write(ticks, signal)
  // The writer has a limit of writes at the same time.
  while (writer.overdue() > 0 && !signal.aborted) await writer.write([], signal)
  if (writer.overdue() > 0) throw new Error(`expected all boards written, got ${writer.overdue()} left`)
}

/** Stores events of one task, with its epoch. Returns the events that apps are to be sent. @throws the first error of a write. */
export async function storeEvents(
  boards: BoardsTable,
  events: readonly MarketEvent[],
  clock: Clock = systemClock,
  epoch = asEpochMillis(1),
): Promise<AppEvent[]> {
  const errors: unknown[] = []
  const store = createEventStore(boards, clock, (_, error) => errors.push(error))
  const arrived = events.map(event => ({ event, epoch }))
  const news = await store.store(arrived, sleep(LIMIT_MS, undefined, { ref: false }))
  if (errors.length > 0) throw errors[0]
  return news
}
