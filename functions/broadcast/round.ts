/** One round: the envelopes of a batch go to the boards table and, conflated, to all connections that hold an issue. */
import { startPatience } from '../../lambda/patience.ts'
import type { Clock } from '../../market/clock.ts'
import type { Tick } from '../../market/tick.ts'
import { type Millis, nowMillis } from '../../market/units.ts'
import type { Push, PushResult } from '../../posts/push.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import type { ConnectionsTable } from '../../tables/connections/connections-table.ts'
import { createBoardWriter } from './board-writer.ts'
import { createConflater } from './conflate.ts'
import { createHeld, planMessages, planUpdates } from './deliveries.ts'
import { createEventSender, type EventSenderParts } from './event-sender.ts'
import { createEventStore } from './event-store.ts'
import { waitForFirstRead } from './first-read.ts'
import { createGoneMarker } from './gone-marker.ts'
import { noteResult } from './note-result.ts'
import { createOutbox } from './outbox.ts'
import type { PlannedMember } from './pushes.ts'
import { readRecords } from './read-records.ts'
import { createRooms, type SendTimes } from './rooms.ts'

/**
 * Time that posts wait for the tables in a round (ms). A table that answers later does not delay prices: what it did not
 * answer goes with a later round. Tables usually answer within 20 ms, and apps should notice a slow table by at most
 * 100 ms. Two waits of a round share the time: for members before the posts, and for the rest after them. The last batches
 * of boards may take 30 ms more (board-writer.ts).
 */
export const TABLE_TIME_MS = 50
export interface RoundParts {
  readonly boards: BoardsTable
  readonly connections: ConnectionsTable
  readonly roomCount: number
  readonly clock: Clock
  /** Time that the posts of a round wait for the tables: {@link TABLE_TIME_MS}. */
  readonly tableTime: Millis
  /** Serves one room, here or in a function of its own. `alone`: the round has no other push. */
  push(push: Push, alone: boolean): Promise<PushResult>
  /** Reports a problem that must not stop the round. */
  warn(message: string, error: unknown): void
}

export interface RoundResult {
  readonly ticks: number
  readonly updates: number
  readonly badEnvelopes: number
  /** Boards that the table has not taken although their turn has come. */
  readonly boardsDue: number
  readonly pushes: readonly PushResult[]
  /** The tick with the latest time; undefined without ticks. The boards of a key frame do not count. */
  readonly youngest: Tick | undefined
}

/**
 * Returns a function that plays a round. The function keeps what the rounds of an environment share: the latest boards,
 * the members, and the writes that are still due.
 */
export function createRounds(parts: RoundParts): (records: readonly string[]) => Promise<RoundResult> {
  const { boards, connections, roomCount, clock, tableTime, push, warn } = parts
  const rooms = createRooms(connections, roomCount)
  const { members } = rooms
  const conflater = createConflater()
  const writer = createBoardWriter(boards)
  const marker = createGoneMarker(connections, warn)
  const sent: SendTimes = { updates: new Map(), status: undefined }
  const held = createHeld()
  const note = (planned: PlannedMember, result: PushResult | undefined): void =>
    noteResult({ members, marker, held }, planned, result)
  // Posts of updates and posts of events do not wait for each other.
  const updatesOut = createOutbox({ members, push, note, warn })
  const eventsOut = createOutbox({ members, push, note, warn })
  const store = createEventStore(boards, clock, warn)
  const plan: EventSenderParts['plan'] = (messages, some) =>
    planMessages(messages, some, members, held, eventsOut.isBusy)
  const sendEvents = createEventSender({ boards, store, members, sent, plan, send: eventsOut.send, warn })

  return async records => {
    const { events, ticks, youngest, errors } = readRecords(records, conflater)
    for (const error of errors) warn('an envelope could not be read', error)
    const updates = conflater.finish()
    const patience = startPatience(tableTime)
    const roundEnd = new AbortController()
    const isWorthWaiting = rooms.isWorthWaiting()
    const refresh = rooms
      .refresh(sent)
      .catch(error => warn('members could not be read; the members read before are served', error))
    const write = writer
      .write(
        updates.map(update => update.tick),
        roundEnd.signal,
      )
      .catch(error => warn('boards could not be written', error))
    marker.start()
    // The first round, and a round after a pause, wait for the members. The others send while they are read.
    if (isWorthWaiting) await Promise.race([refresh, patience.over])
    const isNew = rooms.knownRooms() === 0 || (isWorthWaiting && rooms.knownRooms() < roomCount)
    if (isNew) await waitForFirstRead(rooms, refresh, tableTime)
    const plan = planUpdates(updates, members, conflater.latest, held, updatesOut.isBusy)
    setAll(
      sent.updates,
      updates.map(({ tick }) => tick.board.issue),
    )
    const pushes = (await Promise.all([updatesOut.send(plan), sendEvents(events, patience.over)])).flat()
    await Promise.race([Promise.all([refresh, write, marker.settled()]), patience.over])
    patience.end()
    roundEnd.abort()
    await write
    const due = [...writer.due()]
    // An app that subscribes before the write of a board gets an older board. With a later send time it is owed the board.
    setAll(sent.updates, due)
    return {
      ticks,
      updates: updates.length,
      badEnvelopes: errors.length,
      boardsDue: writer.overdue(),
      pushes,
      youngest,
    }
  }
}

function setAll(times: SendTimes['updates'], issues: readonly string[]): void {
  const now = nowMillis()
  for (const issue of issues) times.set(issue, now)
}
