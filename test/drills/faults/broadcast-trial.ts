/** An environment of broadcast that gets batches as Lambda delivers them, and apps that keep what they receive. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { type Book, createBook } from '../../../client/board-book.ts'
import { createRounds, TABLE_TIME_MS } from '../../../functions/broadcast/round.ts'
import { addIssues } from '../../../functions/message/subscriptions.ts'
import { systemClock } from '../../../market/clock.ts'
import type { AppEvent, Update } from '../../../market/protocol.ts'
import { plainUpdate } from '../../../market/quote-row.ts'
import { addMillis, asEpochSeconds, type Millis, nowMillis } from '../../../market/units.ts'
import { createPosts } from '../../../posts/posts.ts'
import { type Push, pushRoom } from '../../../posts/push.ts'
import {
  addConnection,
  type ConnectionsTable,
  readConnection,
  roomOf,
} from '../../../tables/connections/connections-table.ts'
import { putItem } from '../../../tables/dynamodb.ts'
import { type Gateway, startGateway } from '../../functions/posts-gateway.ts'
import { TABLES } from '../../functions/tables.ts'

const ROOM_COUNT = 3
const LONG_AGO_MS = 60_000
/** Time between two looks at the stream of a Lambda without records (ms). */
const IDLE_MS = 1

/** What an app has received. */
export interface TrialApp {
  readonly id: string
  readonly book: Book
  /** Sequences of the trades by issue, in the order of their arrival. */
  readonly trades: Map<string, number[]>
  readonly events: AppEvent[]
}

export interface BroadcastTrial extends AsyncDisposable {
  readonly gateway: Gateway
  /** Puts records into the stream. `sequence`: the last tick in them, for {@link latenesses}. */
  put(records: readonly string[], sequence?: number): void
  /**
   * Connects an app that subscribes to issues.
   * @param handshake API Gateway does not know the connection for this time (ms) after connect has stored it.
   * @throws NotConnected if the connection was marked as gone meanwhile.
   */
  connect(issues: readonly string[], handshake?: Millis): Promise<TrialApp>
  /** Stores a connection whose handshake has ended long ago. Returns its id. */
  storeOldConnection(): Promise<string>
  /** Returns whether a connection is marked as gone. */
  isMarkedGone(connection: string): Promise<boolean>
  /** Gives apps what has arrived for them since the last call. */
  receive(): void
  /** For each batch with a tick: milliseconds from its put until its updates left, since the last call. */
  latenesses(): number[]
}

/** @param struck a client whose requests may have faults. @param sound the client of connect and message. */
export async function startBroadcast(
  struck: DynamoDBDocumentClient,
  sound: DynamoDBDocumentClient,
): Promise<BroadcastTrial> {
  const gateway = await startGateway()
  const posts = createPosts(gateway.endpoint)
  const connections: ConnectionsTable = { client: sound, table: TABLES.CONNECTIONS_TABLE }
  const apps: TrialApp[] = []
  const queue: string[] = []
  /** Batches whose updates have not left, the oldest first. */
  const waiting: { readonly sequence: number; readonly at: number }[] = []
  let left: number[] = []
  const noteLeaving = (push: Push): void => {
    const newest = Math.max(-1, ...push.updates.map(text => sequenceOf(JSON.parse(text) as Update)))
    while (waiting[0] !== undefined && waiting[0].sequence <= newest) {
      left.push(performance.now() - waiting.shift()!.at)
    }
  }
  const { play } = createRounds({
    boards: { client: struck, table: TABLES.BOARDS_TABLE },
    connections: { client: struck, table: TABLES.CONNECTIONS_TABLE },
    roomCount: ROOM_COUNT,
    clock: systemClock,
    tableTime: TABLE_TIME_MS,
    postsPerSecond: 10_000,
    publishesNews: true,
    environments: 1,
    push: push => {
      noteLeaving(push)
      return pushRoom(push, posts)
    },
    posts,
    warn: () => {},
  })
  let isEnding = false
  const invoke = async (): Promise<void> => {
    while (!isEnding) {
      if (queue.length === 0) await sleep(IDLE_MS)
      else await play(queue.splice(0))
    }
  }
  const invoking = invoke()
  return {
    gateway,
    put(records, sequence) {
      queue.push(...records)
      if (sequence !== undefined) waiting.push({ sequence, at: performance.now() })
    },
    async connect(issues, handshake = 0) {
      const id = `app${apps.length + 1}=`
      const app: TrialApp = { id, book: createBook(), trades: new Map(), events: [] }
      apps.push(app)
      const room = roomOf(id, ROOM_COUNT)
      if (handshake > 0) gateway.gone.add(id)
      // Without a pace, every round posts to the app: the time until an update leaves is that of the round.
      await addConnection(connections, room, id, { pace: 0, fastestPace: 0 })
      if (handshake > 0) await sleep(handshake)
      gateway.gone.delete(id)
      await addIssues(connections, room, id, issues)
      return app
    },
    async storeOldConnection() {
      const connection = 'old='
      const changedAt = addMillis(nowMillis(), -LONG_AGO_MS)
      const expires = asEpochSeconds(Math.floor(Date.now() / 1_000) + 3_600)
      await putItem(connections, { room: roomOf(connection, ROOM_COUNT), connection, changedAt, expires })
      return connection
    },
    async isMarkedGone(connection) {
      const item = await readConnection(connections, roomOf(connection, ROOM_COUNT), connection)
      return item?.gone === true
    },
    receive() {
      for (const app of apps) receiveMessages(app, gateway)
    },
    latenesses() {
      const result = left
      left = []
      return result
    },
    async [Symbol.asyncDispose]() {
      isEnding = true
      await invoking
      await gateway[Symbol.asyncDispose]()
    },
  }
}

function receiveMessages({ id, book, trades, events }: TrialApp, gateway: Gateway): void {
  for (const message of gateway.take(id)) {
    if (message.type !== 'updates') continue
    events.push(...(message.events ?? []))
    for (const update of message.updates) {
      const event = book.apply(plainUpdate(update))
      if (event === undefined) continue
      const ofIssue = trades.get(event.issue) ?? []
      trades.set(event.issue, ofIssue)
      ofIssue.push(...event.trades.map(({ sequence }) => sequence))
    }
  }
}

function sequenceOf(update: Update): number {
  return 'board' in update ? update.board.sequence : update.sequence
}
