/** One round: everything of a batch goes to the boards table and, conflated, to all who hold it. */
import { Buffer } from 'node:buffer'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../market/clock.ts'
import { decodeEnvelope, EnvelopeError } from '../../market/codec/envelope.ts'
import type { MarketEvent } from '../../market/market-event.ts'
import type { AppEvent, StatusEvent } from '../../market/protocol.ts'
import type { Tick } from '../../market/tick.ts'
import { messageText, type Push, type PushResult } from '../../posts/push.ts'
import { type BoardsTable, readStatus, statusEvents } from '../../tables/boards/boards-table.ts'
import { createBoardWriter } from './board-writer.ts'
import { createConflater, type IssueUpdate } from './conflate.ts'
import { planMessages, planUpdates } from './deliveries.ts'
import { createEventStore } from './event-store.ts'
import type { PlannedPush } from './pushes.ts'
import type { Rooms } from './rooms.ts'

/** Posts wait no longer (ms) for members to be read; who is found later is owed the boards of the round. */
const READ_WAIT_MS = 1_000

export interface RoundParts {
  readonly boards: BoardsTable
  readonly rooms: Rooms
  readonly clock: Clock
  /** Serves one room: here or in a function of its own. `alone`: it is the only one of the round. */
  push(push: Push, alone: boolean): Promise<PushResult>
  /** Something went wrong that must not stop the round. */
  warn(message: string, error: unknown): void
}

export interface RoundResult {
  readonly ticks: number
  readonly updates: number
  readonly badEnvelopes: number
  /** Boards that the table has not taken yet. */
  readonly boardsDue: number
  readonly pushes: readonly PushResult[]
  /** The youngest tick of the round; a key frame has only such as were told before. */
  readonly youngest: Tick | undefined
}

/** Rounds share what is known: of boards, of rooms, of what the table still lacks. */
export function createRounds({ boards, rooms, clock, push, warn }: RoundParts) {
  const conflater = createConflater()
  const eventStore = createEventStore(boards, clock)
  const writer = createBoardWriter(boards)
  const sentAt = new Map<string, number>()
  let announcedAt: number | undefined
  /** Parts of an issue master that the table did not take: a list comes once a day, so they go with the next round. */
  const partsDue: MarketEvent[] = []

  /** @returns what apps are to be told, of lines that say nothing too. */
  const storeEvents = async (events: readonly MarketEvent[]): Promise<AppEvent[]> => {
    const news: AppEvent[] = []
    for (const event of [...partsDue.splice(0), ...events]) {
      const told = await eventStore.store(event).catch(error => {
        warn('an event could not be stored', error)
        if (event.type === 'issues') partsDue.push(event)
        return eventStore.unstored(event)
      })
      if (told !== undefined) news.push(told)
    }
    const silent = await eventStore.silentLines().catch(error => {
      warn('the lines could not be looked at', error)
      return []
    })
    return [...news, ...silent]
  }

  const send = (plan: readonly PlannedPush[]): Promise<PushResult[]> => {
    return Promise.all(
      plan.map(async ({ push: payload, members }) => {
        let result: PushResult | undefined
        try {
          result = await push(payload, plan.length === 1)
        } catch (error) {
          warn('a room could not be served', error)
        }
        for (const [connection, { member, issues }] of members) {
          if (result?.gone.includes(connection)) rooms.remove(member)
          else if (result === undefined || result.failed.includes(connection)) rooms.failed(member, issues)
          else rooms.served(member)
        }
        return result
      }),
    ).then(results => results.filter(result => result !== undefined))
  }

  const sendUpdates = (updates: readonly IssueUpdate[]): Promise<PushResult[]> => {
    const plan = planUpdates(updates, rooms, conflater.latest)
    const now = Date.now()
    for (const { tick } of updates) sentAt.set(tick.board.issue, now)
    return send(plan)
  }

  /**
   * The table knows which events are new, so that they wait for it; updates go out beside them. Who lacks the status
   * gets it whole as it is now, the new events in it.
   */
  const sendEvents = async (events: readonly MarketEvent[]): Promise<PushResult[]> => {
    const fresh = await storeEvents(events)
    if (fresh.some(isStatus)) {
      announcedAt = Date.now()
      for (const member of rooms.members()) if (member.restsUntil > announcedAt) member.lacksStatus = true
    }
    const now = Date.now()
    const present = [...rooms.members()].filter(member => member.restsUntil <= now)
    const lacking = present.filter(member => member.lacksStatus)
    const status = lacking.length === 0 ? undefined : await readStatusEvents()
    if (status === undefined) return send(planMessages(textsOf(fresh), present))
    const others = present.filter(member => !member.lacksStatus)
    for (const member of lacking) member.lacksStatus = false
    const news = fresh.filter(event => !isStatus(event))
    return send([
      ...planMessages(textsOf([...status, ...news]), lacking),
      ...planMessages(textsOf(fresh), others),
    ])
  }

  const readStatusEvents = async (): Promise<StatusEvent[] | undefined> => {
    try {
      return statusEvents(await readStatus(boards))
    } catch (error) {
      warn('the status could not be read', error)
      return undefined
    }
  }

  return async (records: readonly string[]): Promise<RoundResult> => {
    const events: MarketEvent[] = []
    let ticks = 0
    let youngest: Tick | undefined
    let badEnvelopes = 0
    for (const record of records) {
      try {
        const envelope = decodeEnvelope(Buffer.from(record, 'base64'))
        if (envelope.kind === 'events') events.push(...envelope.events)
        if (envelope.kind === 'ticks') {
          ticks += envelope.ticks.length
          for (const tick of envelope.ticks)
            if (youngest === undefined || tick.time > youngest.time) youngest = tick
        }
        conflater.take(envelope)
      } catch (error) {
        if (!(error instanceof EnvelopeError)) throw error
        badEnvelopes++
        warn('an envelope cannot be read', error)
      }
    }
    const updates = conflater.finish()
    // Members are read beside the posts, which wait for it a little the first time, and after a pause.
    const isCurrent = rooms.isCurrent()
    const refresh = rooms
      .refresh({ sentAt: issue => sentAt.get(issue), announcedAt: () => announcedAt })
      .catch(error => warn('the members known before are served', error))
    if (!isCurrent) await Promise.race([refresh, sleep(READ_WAIT_MS, undefined, { ref: false })])
    const write = writer
      .write(updates.map(update => update.tick))
      .catch(error => warn('boards could not be written', error))
    const pushes = (await Promise.all([sendUpdates(updates), sendEvents(events)])).flat()
    await Promise.all([refresh, write])
    // Who subscribes before the table has a board was answered with an older one, and is owed it.
    const due = [...writer.due()]
    for (const issue of due) sentAt.set(issue, Date.now())
    return { ticks, updates: updates.length, badEnvelopes, boardsDue: due.length, pushes, youngest }
  }
}

/** What is true until another event replaces it, unlike news; who missed that a list is new finds out as it reads it. */
function isStatus({ type }: AppEvent): boolean {
  return type === 'phase' || type === 'line'
}

function textsOf(events: readonly AppEvent[]): string[] {
  return events.map(event => messageText({ type: 'event', event }))
}
