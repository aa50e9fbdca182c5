/** Sends the events of a round to every member, and the whole status to members that lack it. */
import type { MarketEvent } from '../../market/market-event.ts'
import type { AppEvent, StatusEvent } from '../../market/protocol.ts'
import { nowMillis } from '../../market/units.ts'
import { messageText, type PushResult } from '../../posts/push.ts'
import { type BoardsTable, readStatus, statusEvents } from '../../tables/boards/boards-table.ts'
import { planMessages } from './deliveries.ts'
import type { EventStore } from './event-store.ts'
import { awakeMembers, type Members } from './members.ts'
import type { PlannedPush } from './pushes.ts'
import type { SendTimes } from './rooms.ts'

export interface EventSenderParts {
  readonly boards: BoardsTable
  readonly store: EventStore
  readonly members: Members
  /** The sender updates `status`. */
  readonly sent: SendTimes
  send(plan: readonly PlannedPush[]): Promise<PushResult[]>
  warn(message: string, error: unknown): void
}

/**
 * Returns a function that stores events and sends the new ones. The boards table decides whether an event is new, so the
 * posts wait for the table. A member that lacks the status gets the whole status, which includes the new events.
 */
export function createEventSender(
  parts: EventSenderParts,
): (events: readonly MarketEvent[]) => Promise<PushResult[]> {
  const { boards, members, sent, send, warn } = parts
  /** Parts of an issue master that the table did not take. The exchange sends a list once a day, so they are kept. */
  let partsDue: readonly MarketEvent[] = []

  return async events => {
    const { news, partsLeft } = await storeEvents(parts, [...partsDue, ...events])
    partsDue = partsLeft
    const hasStatus = news.some(isStatus)
    if (hasStatus) sent.status = nowMillis()
    const mustRead = awakeMembers(members).some(member => member.lacksStatus)
    const status = mustRead ? await readStatusEvents(boards, warn) : undefined
    // Members may have started to rest during the read, because their updates failed. They get the status later.
    const awake = awakeMembers(members)
    if (hasStatus) {
      const served = new Set(awake)
      for (const member of members.byConnection.values()) if (!served.has(member)) member.lacksStatus = true
    }
    if (status === undefined) return send(planMessages(textsOf(news), awake))
    const lacking = awake.filter(member => member.lacksStatus)
    const others = awake.filter(member => !member.lacksStatus)
    for (const member of lacking) member.lacksStatus = false
    const otherNews = news.filter(event => !isStatus(event))
    return send([
      ...planMessages(textsOf([...status, ...otherNews]), lacking),
      ...planMessages(textsOf(news), others),
    ])
  }
}

/** Stores events. Returns the events for apps, stale lines among them, and the parts of a master that are left. */
async function storeEvents(
  { store, warn }: EventSenderParts,
  events: readonly MarketEvent[],
): Promise<{ news: AppEvent[]; partsLeft: MarketEvent[] }> {
  const news: AppEvent[] = []
  const partsLeft: MarketEvent[] = []
  for (const event of events) {
    const fresh = await store.store(event).catch(error => {
      warn('an event could not be stored', error)
      if (event.type === 'issues') partsLeft.push(event)
      return store.unstored(event)
    })
    if (fresh !== undefined) news.push(fresh)
  }
  const silent = await store.silentLines().catch(error => {
    warn('the states of the lines could not be read', error)
    return []
  })
  return { news: [...news, ...silent], partsLeft }
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
  return events.map(event => messageText({ type: 'event', event }))
}
