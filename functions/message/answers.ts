/** Answers the messages of apps. */
import type { BoardJson } from '../../market/board-json.ts'
import { boardInView } from '../../market/board-to-json.ts'
import type { Clock } from '../../market/clock.ts'
import { endMessage } from '../../market/end-message.ts'
import { momentToIso } from '../../market/moment.ts'
import type { ClientMessage, ServerMessage, StatusEvent } from '../../market/protocol.ts'
import type { EpochSeconds, Millis } from '../../market/units.ts'
import { hasTrades, type View } from '../../market/view.ts'
import type { Admit } from '../../sign-in/admission.ts'
import { Refusal } from '../../sign-in/refusal.ts'
import { type BoardsTable, readBoards } from '../../tables/boards/boards-table.ts'
import { createIssueListing, type IssueListing } from '../../tables/boards/issue-listing.ts'
import { pacesOf, subscriptionsOf } from '../../tables/connections/connection-reading.ts'
import type { ConnectionsTable } from '../../tables/connections/connections-table.ts'
import { askBoards } from './ask-boards.ts'
import { changePace } from './change-pace.ts'
import { MessageError, readMessage } from './client-message.ts'
import { ConnectionOver, NotConnected, openConnection } from './open-connection.ts'
import { createRecentStatus } from './recent-status.ts'
import { renewToken } from './renew-token.ts'
import { sinceRequestOf } from './since-request.ts'
import { BOARDS_BYTES, chunksOf, errorMessage, type Id, withId } from './sized-answers.ts'
import { addIssues, removeIssues, TooManyIssues } from './subscriptions.ts'
import { unknownIssues } from './unknown-issues.ts'

export interface AnswerParts {
  readonly connections: ConnectionsTable
  readonly boards: BoardsTable
  readonly clock: Clock
  readonly admit: Admit
  /** Whether registered users may have base prices. */
  readonly publishesBasePrices: boolean
}

/** The connection that sent the message, and what an answer needs. */
interface Context extends AnswerParts {
  readonly room: string
  readonly connection: string
  readonly listing: IssueListing
  /** Returns the events of the whole status. */
  readonly status: () => Promise<readonly StatusEvent[]>
}

type MessageOf<Action extends ClientMessage['action']> = Extract<ClientMessage, { readonly action: Action }>

/** Returns the answers to the text of an app's message. The answer to an invalid message is an error message. */
export type Answers = (room: string, connection: string, text: string | undefined) => Promise<ServerMessage[]>

export function createAnswers(parts: AnswerParts): Answers {
  const listing = createIssueListing(parts.boards)
  const status = createRecentStatus(parts.boards)
  return async (room, connection, text) => {
    let id: Id
    try {
      const message = readMessage(text)
      id = message.id
      return await answer(message, { ...parts, room, connection, listing, status })
    } catch (error) {
      if (error instanceof MessageError) return [errorMessage(error.code, error.message, error.id)]
      if (error instanceof TooManyIssues) return [errorMessage('too-many-issues', error.message, id)]
      if (error instanceof Refusal) return [errorMessage(error.code, error.message, id)]
      if (error instanceof ConnectionOver) return [endMessage(error.code)]
      if (error instanceof NotConnected) return [errorMessage('not-connected', error.message, id)]
      throw error
    }
  }
}

function answer(message: ClientMessage, context: Context): Promise<ServerMessage[]> {
  const { id } = message
  switch (message.action) {
    case 'subscribe':
      return subscribe(message, context)
    case 'unsubscribe':
      return unsubscribe(message.issues, id, context)
    case 'snapshot':
      return snapshot(message, context)
    case 'pace':
      return pace(message.pace, id, context)
    case 'ping':
      return ping(id, context)
    case 'token':
      return token(message.token, id, context)
  }
}

async function subscribe(message: MessageOf<'subscribe'>, context: Context): Promise<ServerMessage[]> {
  const { issues, view = 'board', trades = false, since, id } = message
  const { boards, connections, listing, status, room, connection, publishesBasePrices } = context
  const unknown = await unknownIssues(boards, listing, issues)
  const errors =
    unknown.length === 0 ? [] : [errorMessage('unknown-issue', `not listed: ${unknown.join(', ')}`, id)]
  const accepted = issues.filter(issue => !unknown.includes(issue))
  if (accepted.length === 0) return errors
  // Subscribe before the boards are read: a board that changes in between comes as an update.
  const storedView: View = view === 'quote' && trades ? 'quote-trades' : view
  const item = await addIssues(
    connections,
    room,
    connection,
    accepted,
    storedView,
    sinceRequestOf(since, accepted),
  )
  const [events, latest, basePrices] = await Promise.all([
    status(),
    boardsOf(boards, accepted, () => storedView),
    publishesBasePrices ? listing.basePrices(accepted) : {},
  ])
  const [first = [], ...others] = chunksOf(latest, BOARDS_BYTES)
  return [
    ...errors,
    withId(id, {
      type: 'subscribed',
      issues: accepted,
      view,
      trades: hasTrades(storedView),
      pace: pacesOf(item).pace,
      ...(item.tokenExpires === undefined ? {} : { tokenExpires: secondsToIso(item.tokenExpires) }),
      ...(Object.keys(basePrices).length === 0 ? {} : { basePrices }),
      status: events,
      boards: first,
    }),
    ...others.map(chunk => withId(id, { type: 'snapshot', boards: chunk })),
  ]
}

async function pace(requested: Millis, id: Id, context: Context): Promise<ServerMessage[]> {
  const granted = await changePace(context.connections, context.room, context.connection, requested)
  return [withId(id, { type: 'pace', pace: granted })]
}

async function unsubscribe(issues: readonly string[], id: Id, context: Context): Promise<ServerMessage[]> {
  await removeIssues(context.connections, context.room, context.connection, issues)
  return [withId(id, { type: 'unsubscribed', issues })]
}

async function snapshot(message: MessageOf<'snapshot'>, context: Context): Promise<ServerMessage[]> {
  const { issues, since, id } = message
  const item = await openConnection(context.connections, context.room, context.connection)
  const held = subscriptionsOf(item)
  const foreign = issues.filter(issue => !held.has(issue))
  const own = issues.filter(issue => held.has(issue))
  if (own.length > 0) await askBoards(context.connections, item, own, sinceRequestOf(since, own))
  const boards = await boardsOf(context.boards, own, issue => held.get(issue)!)
  const errors =
    foreign.length === 0 ? [] : [errorMessage('not-subscribed', `not subscribed: ${foreign.join(', ')}`, id)]
  return [
    ...errors,
    ...chunksOf(boards, BOARDS_BYTES).map(chunk => withId(id, { type: 'snapshot', boards: chunk })),
  ]
}

/** Answers a ping. It reads the connection: without an item an open connection gets no updates, and must be opened anew. */
async function ping(id: Id, { clock, connections, room, connection }: Context): Promise<ServerMessage[]> {
  await openConnection(connections, room, connection)
  return [withId(id, { type: 'pong', time: momentToIso(clock.now()) })]
}

async function token(text: string, id: Id, { admit, ...context }: Context): Promise<ServerMessage[]> {
  const holder = await admit(text)
  const expires = await renewToken(context.connections, context.room, context.connection, holder)
  return [withId(id, { type: 'token', expires: secondsToIso(expires) })]
}

/** Returns a time of the real clock as ISO 8601. */
function secondsToIso(seconds: EpochSeconds): string {
  return new Date(seconds * 1000).toISOString()
}

async function boardsOf(
  boards: BoardsTable,
  issues: readonly string[],
  viewOf: (issue: string) => View,
): Promise<BoardJson[]> {
  return (await readBoards(boards, issues)).map(tick => boardInView(tick, viewOf(tick.board.issue)))
}
