/** What an app's message is answered with. */
import type { BoardJson } from '../../market/board-json.ts'
import { boardToJson } from '../../market/board-to-json.ts'
import type { Clock } from '../../market/clock.ts'
import { momentToIso } from '../../market/moment.ts'
import type { ClientMessage, ServerMessage } from '../../market/protocol.ts'
import { type BoardsTable, readBoards, readStatus, statusEvents } from '../../tables/boards/boards-table.ts'
import type { ConnectionsTable } from '../../tables/connections/connections-table.ts'
import { MessageError, readMessage } from './client-message.ts'
import { createUnknownIssues } from './known-issues.ts'
import { addIssues, heldIssues, NotConnected, removeIssues, TooManyIssues } from './subscriptions.ts'

/** A message has 128 KB at most (API Gateway quotas); boards stop well before, for what else is in it. */
const BOARDS_BYTES = 96 * 1024

export interface AnswerParts {
  readonly connections: ConnectionsTable
  readonly boards: BoardsTable
  readonly clock: Clock
}

export type Answers = (room: string, connection: string, text: string | undefined) => Promise<ServerMessage[]>

/** @returns what answers an app's message; rubbish is answered with an error, never thrown. */
export function createAnswers(parts: AnswerParts): Answers {
  const unknownIssues = createUnknownIssues(parts.boards)
  return async (room, connection, text) => {
    try {
      return await answer(readMessage(text), room, connection)
    } catch (error) {
      if (error instanceof MessageError) return [errorMessage(error.code, error.message, error.id)]
      throw error
    }
  }

  async function answer(message: ClientMessage, room: string, connection: string): Promise<ServerMessage[]> {
    const { id } = message
    const withId = id === undefined ? {} : { id }
    try {
      switch (message.action) {
        case 'ping':
          return [{ type: 'pong', time: momentToIso(parts.clock.now()), ...withId }]
        case 'unsubscribe':
          await removeIssues(parts.connections, room, connection, message.issues)
          return [{ type: 'unsubscribed', issues: message.issues, ...withId }]
        case 'snapshot': {
          const held = await heldIssues(parts.connections, room, connection)
          const strange = message.issues.filter(issue => !held.has(issue))
          const boards = await latestBoards(message.issues.filter(issue => held.has(issue)))
          return [
            ...(strange.length === 0
              ? []
              : [errorMessage('not-subscribed', `not subscribed: ${strange.join(', ')}`, id)]),
            ...chunksOf(boards).map(chunk => ({ type: 'snapshot' as const, boards: chunk, ...withId })),
          ]
        }
        case 'subscribe': {
          const unknown = await unknownIssues(message.issues)
          const issues = message.issues.filter(issue => !unknown.includes(issue))
          const refused =
            unknown.length === 0
              ? []
              : [errorMessage('unknown-issue', `not listed: ${unknown.join(', ')}`, id)]
          if (issues.length === 0) return refused
          // First the set, then the boards: what changes in between comes as an update.
          await addIssues(parts.connections, room, connection, issues)
          const [status, boards] = await Promise.all([readStatus(parts.boards), latestBoards(issues)])
          const [first = [], ...others] = chunksOf(boards)
          return [
            ...refused,
            { type: 'subscribed', issues, status: statusEvents(status), boards: first, ...withId },
            ...others.map(chunk => ({ type: 'snapshot' as const, boards: chunk, ...withId })),
          ]
        }
      }
    } catch (error) {
      if (error instanceof TooManyIssues) return [errorMessage('too-many-issues', error.message, id)]
      if (error instanceof NotConnected) return [errorMessage('not-connected', error.message, id)]
      throw error
    }
  }

  async function latestBoards(issues: readonly string[]): Promise<BoardJson[]> {
    return (await readBoards(parts.boards, issues)).map(boardToJson)
  }
}

function errorMessage(code: string, message: string, id: string | number | undefined): ServerMessage {
  return { type: 'error', code, message, ...(id === undefined ? {} : { id }) }
}

/** Boards in groups that fit a message; one group, perhaps empty, at least. */
function chunksOf(boards: readonly BoardJson[]): BoardJson[][] {
  const chunks: BoardJson[][] = [[]]
  let bytes = 0
  for (const board of boards) {
    const size = JSON.stringify(board).length + 1
    if (bytes + size > BOARDS_BYTES && bytes > 0) {
      chunks.push([])
      bytes = 0
    }
    chunks.at(-1)?.push(board)
    bytes += size
  }
  return chunks
}
