/** Stores the events of rounds, and reads the whole status for connections that lack it. */
import type { AppEvent, StatusEvent } from '../../market/protocol.ts'
import { addMillis, type EpochMillis, nowMillis } from '../../market/units.ts'
import { type BoardsTable, readStatus, statusEvents } from '../../tables/boards/boards-table.ts'
import type { EventLog } from './event-log.ts'
import type { EventStore } from './event-store.ts'
import type { ArrivedEvent } from './read-records.ts'
import type { SendTimes } from './rooms.ts'

/** A status that was read longer ago (ms) is read again: another environment may have sent a later state since. */
const STATUS_AGE_MS = 1_000

export interface StatusParts {
  readonly boards: BoardsTable
  readonly store: EventStore
  /** Gets the events that apps do not have yet. */
  readonly events: EventLog
  /** The source sets `status`. */
  readonly sent: SendTimes
  warn(message: string, error: unknown): void
}

export interface StatusSource {
  /**
   * Stores events, and adds the new ones to the log of events. The boards table decides whether an event is new, so this
   * takes until the table answers, or until `over` resolves.
   */
  take(events: readonly ArrivedEvent[], over: Promise<void>): Promise<void>
  /**
   * Returns the JSON of the whole status; undefined if the table does not answer in time, or lacks a state that apps have
   * already. The read goes on, and a later call returns it.
   */
  status(over: Promise<void>): Promise<readonly string[] | undefined>
}

export function createStatusSource({ boards, store, events, sent, warn }: StatusParts): StatusSource {
  let reading: StatusRead | undefined
  return {
    async take(arrived, over) {
      const news = await store.store(arrived, over)
      events.append(news)
      // An app that connects while the table lacks a state reads the old state. With this time it gets the state later.
      if (news.some(isStatus) || store.isStatusDue()) sent.status = nowMillis()
    },
    async status(over) {
      if (store.isStatusDue()) return undefined
      if (reading === undefined || reading.startedAt < addMillis(nowMillis(), -STATUS_AGE_MS))
        reading = startRead(boards, warn)
      const read = reading
      if (read.answer === undefined) await Promise.race([read.done, over])
      if (read.answer === undefined) return undefined
      reading = undefined
      // Apps got a later state while the table was read.
      if ((sent.status ?? -1) >= read.startedAt) return undefined
      return read.answer.status?.map(event => JSON.stringify(event))
    },
  }
}

/** A read of the status that may go on after its round. */
interface StatusRead {
  readonly startedAt: EpochMillis
  readonly done: Promise<void>
  /** Undefined until the table has answered. `status`: undefined if the read failed. */
  answer?: { readonly status: StatusEvent[] | undefined }
}

function startRead(boards: BoardsTable, warn: StatusParts['warn']): StatusRead {
  const read: StatusRead = {
    startedAt: nowMillis(),
    done: readStatusEvents(boards, warn).then(status => {
      read.answer = { status }
    }),
  }
  return read
}

async function readStatusEvents(
  boards: BoardsTable,
  warn: StatusParts['warn'],
): Promise<StatusEvent[] | undefined> {
  try {
    return statusEvents(await readStatus(boards))
  } catch (error) {
    warn('the status could not be read', error)
    return undefined
  }
}

/** Returns whether an event holds until the next event of its type. News and lists of issues do not. */
function isStatus({ type }: AppEvent): boolean {
  return type === 'phase' || type === 'line'
}
