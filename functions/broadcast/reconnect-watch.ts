/** Tells all apps to move to new connections, when an operator wishes so. */
import { addMillis, type EpochMillis, type Millis, nowMillis } from '../../market/units.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import { readReconnectWish } from '../../tables/boards/reconnect-wish.ts'
import type { EventLog } from './event-log.ts'
import type { Members } from './members.ts'

/** Time between two reads of the wish (ms): a read unit each, 65,000 in a month of trading hours. */
export const READ_WISH_EVERY_MS: Millis = 10_000
/** An older wish (ms) was sent by the previous environment. A younger wish is sent again: that environment may have sent it to nobody. */
export const WISH_REACH_MS: Millis = 60_000

export interface ReconnectWatchParts {
  readonly boards: BoardsTable
  readonly members: Pick<Members, 'byConnection'>
  readonly events: Pick<EventLog, 'append'>
  warn(message: string, error: unknown): void
}

export interface ReconnectWatch {
  /**
   * Starts to read the wish, at most every {@link READ_WISH_EVERY_MS} and only while apps are connected. No round waits for it:
   * the event goes with the next posts.
   */
  start(): void
  /** Resolves when no read is in flight. */
  settled(): Promise<void>
}

export function createReconnectWatch({ boards, members, events, warn }: ReconnectWatchParts): ReconnectWatch {
  let readAt: EpochMillis | undefined
  let sentFor: EpochMillis | undefined
  let reading: Promise<void> | undefined

  const read = async (): Promise<void> => {
    try {
      const wish = await readReconnectWish(boards)
      if (wish === undefined || wish.at === sentFor || wish.at < addMillis(nowMillis(), -WISH_REACH_MS))
        return
      sentFor = wish.at
      // Apps that have moved since have connections of a later time.
      events.append([{ type: 'reconnect', within: wish.within }], wish.at)
    } catch (error) {
      warn('the wish that apps reconnect could not be read', error)
    } finally {
      reading = undefined
    }
  }

  return {
    start() {
      const now = nowMillis()
      if (reading !== undefined || members.byConnection.size === 0) return
      if (readAt !== undefined && now < addMillis(readAt, READ_WISH_EVERY_MS)) return
      readAt = now
      reading = read()
    },
    settled: () => reading ?? Promise.resolve(),
  }
}
