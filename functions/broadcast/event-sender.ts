/** Sends the events of a round to every member, and the whole status to members that lack it. */
import type { MarketEvent } from '../../market/market-event.ts'
import type { AppEvent, StatusEvent } from '../../market/protocol.ts'
import { type EpochMillis, nowMillis } from '../../market/units.ts'
import type { PushResult } from '../../posts/push.ts'
import { type BoardsTable, readStatus, statusEvents } from '../../tables/boards/boards-table.ts'
import type { EventStore } from './event-store.ts'
import { awakeMembers, type Member, type Members } from './members.ts'
import type { PlannedPush } from './pushes.ts'
import type { SendTimes } from './rooms.ts'

export interface EventSenderParts {
  readonly boards: BoardsTable
  readonly store: EventStore
  readonly members: Members
  /** The sender updates `status`. */
  readonly sent: SendTimes
  /** Plans the texts of events to members (deliveries.ts). */
  plan(messages: readonly string[], members: readonly Member[]): PlannedPush[]
  send(plan: readonly PlannedPush[]): Promise<PushResult[]>
  warn(message: string, error: unknown): void
}

/** A read of the status that may go on after its round. */
interface StatusRead {
  readonly startedAt: EpochMillis
  /** Undefined if the read failed. */
  readonly result: Promise<StatusEvent[] | undefined>
}

/**
 * Returns a function that stores events and sends the new ones. The boards table decides whether an event is new, so the
 * posts wait for the table until `over` resolves. A member that lacks the status gets the whole status, which includes
 * the new events.
 */
export function createEventSender(
  parts: EventSenderParts,
): (events: readonly MarketEvent[], over: Promise<void>) => Promise<PushResult[]> {
  const { boards, store, members, sent, plan, send, warn } = parts
  let reading: StatusRead | undefined

  /** Returns the status; undefined if the table does not answer in time. Then the next round asks again. */
  const readCurrent = async (over: Promise<void>): Promise<StatusEvent[] | undefined> => {
    reading ??= { startedAt: nowMillis(), result: readStatusEvents(boards, warn) }
    const { startedAt, result } = reading
    const answer = await Promise.race([result.then(status => ({ status })), over])
    if (answer === undefined) return undefined
    reading = undefined
    // Apps got a later state while the table was read.
    return (sent.status ?? -1) > startedAt ? undefined : answer.status
  }

  return async (events, over) => {
    const news = await store.store(events, over)
    const hasStatus = news.some(isStatus)
    const isDue = store.isStatusDue()
    // An app that connects while the table lacks a state reads the old state. With this time it gets the state later.
    if (hasStatus || isDue) sent.status = nowMillis()
    const mustRead = !isDue && awakeMembers(members).some(member => member.lacksStatus)
    const status = mustRead ? await readCurrent(over) : undefined
    // Members may have started to rest during the read, because their updates failed. They get the status later.
    const awake = awakeMembers(members)
    if (hasStatus) {
      const served = new Set(awake)
      for (const member of members.byConnection.values()) if (!served.has(member)) member.lacksStatus = true
    }
    if (status === undefined) return send(plan(textsOf(news), awake))
    const lacking = awake.filter(member => member.lacksStatus)
    const others = awake.filter(member => !member.lacksStatus)
    for (const member of lacking) member.lacksStatus = false
    const otherNews = news.filter(event => !isStatus(event))
    return send([...plan(textsOf([...status, ...otherNews]), lacking), ...plan(textsOf(news), others)])
  }
}

async function readStatusEvents(
  boards: BoardsTable,
  warn: EventSenderParts['warn'],
): Promise<StatusEvent[] | undefined> {
  try {
    return statusEvents(await readStatus(boards))
  } catch (error) {
    warn('the status could not be read', error)
    return undefined
  }
}

/**
 * Returns whether an event holds until the next event of its type. News does not. An app that missed an `issues` event
 * needs no repetition: it reads the list when it connects.
 */
function isStatus({ type }: AppEvent): boolean {
  return type === 'phase' || type === 'line'
}

function textsOf(events: readonly AppEvent[]): string[] {
  return events.map(event => JSON.stringify(event))
}
