/**
 * A WebSocket API in this process, in front of the code of connect and message. As API Gateway does, it works on the
 * messages of a connection at the same time.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { offeredToken } from '../../functions/connect/offered-token.ts'
import { createAnswers } from '../../functions/message/answers.ts'
import { emptyBoard, F } from '../../market/board.ts'
import { systemClock } from '../../market/clock.ts'
import { type ServerMessage, SUBPROTOCOL } from '../../market/protocol.ts'
import type { Admit } from '../../sign-in/admission.ts'
import { Refusal } from '../../sign-in/refusal.ts'
import type { TokenHolder } from '../../sign-in/token-holder.ts'
import { addConnection, roomOf } from '../../tables/connections/connections-table.ts'
import { admitNobody } from './admissions.ts'
import { storeEvents, writeBoards } from './boards-fixture.ts'
import { MORNING, TRADING_DATE } from './stored-market.ts'
import { startTables, TABLES, type Tables } from './tables.ts'

/** Rooms of the connections. */
export const APP_ROOMS = 1

export interface AppGatewayOptions {
  /** Issues that are listed. Each has a board. */
  readonly issues: readonly string[]
  /** Decides about the tokens of connections. Default: every connection is accepted, and no token can be renewed. */
  readonly admit?: Admit
}

export interface AppGateway extends AsyncDisposable {
  /** `ws://…/live` */
  readonly url: string
  readonly tables: Tables
  /** Ids of the open connections, the oldest first. */
  readonly connections: readonly string[]
  /** Waits before the server works on a message. */
  hold: (text: string) => Promise<void>
  /** Returns the answers to a text, as a connection that is stored. */
  answers(connection: string, text: string): Promise<ServerMessage[]>
  /** Errors of handshakes and messages. A refusal of a token is none. */
  readonly failures: readonly unknown[]
}

export async function startAppGateway({ issues, admit }: AppGatewayOptions): Promise<AppGateway> {
  const tables = await startTables()
  const { client } = tables
  const connectionsTable = { client, table: TABLES.CONNECTIONS_TABLE }
  const boards = { client, table: TABLES.BOARDS_TABLE }
  await fillBoards(boards, issues)
  const answer = createAnswers({
    connections: connectionsTable,
    boards,
    clock: systemClock,
    admit: admit ?? admitNobody,
    publishesBasePrices: true,
  })
  const open = new Map<string, WebSocket>()
  const failures: unknown[] = []
  /** Handshakes and messages that the server works on. */
  const working = new Set<Promise<void>>()
  const http = createServer()
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => SUBPROTOCOL })
  let ids = 0

  const connect = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    socket.on('error', () => {})
    let holder: TokenHolder | undefined
    try {
      holder = await admit?.(offeredToken(request.headers['sec-websocket-protocol']))
    } catch (error) {
      if (!(error instanceof Refusal)) failures.push(error)
      socket.end(
        `HTTP/1.1 ${error instanceof Refusal ? error.status : 500} Refused\r\nconnection: close\r\n\r\n`,
      )
      return
    }
    const id = `app-${++ids}=`
    const start = holder === undefined ? {} : { user: holder.user, tokenExpires: holder.expires }
    await addConnection(connectionsTable, roomOf(id, APP_ROOMS), id, start)
    sockets.handleUpgrade(request, socket, head, webSocket => {
      open.set(id, webSocket)
      webSocket.on('close', () => open.delete(id))
      webSocket.on('error', () => {})
      webSocket.on('message', data => track(message(id, webSocket, String(data))))
    })
  }

  const message = async (id: string, webSocket: WebSocket, text: string): Promise<void> => {
    await gateway.hold(text)
    for (const each of await gateway.answers(id, text)) webSocket.send(JSON.stringify(each))
  }

  const track = (work: Promise<void>): void => {
    const tracked = work.catch(error => void failures.push(error)).finally(() => working.delete(tracked))
    working.add(tracked)
  }

  http.on('upgrade', (request, socket, head) => track(connect(request, socket, head)))
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')

  const gateway: AppGateway = {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/live`,
    tables,
    get connections() {
      return [...open.keys()]
    },
    hold: async () => {},
    answers: (connection, text) => answer(roomOf(connection, APP_ROOMS), connection, text),
    failures,
    async [Symbol.asyncDispose]() {
      for (const webSocket of open.values()) webSocket.terminate()
      sockets.close()
      http.closeAllConnections()
      await Promise.all(working)
      http.close()
      await once(http, 'close')
      await tables[Symbol.asyncDispose]()
    },
  }
  return gateway
}

/** Lists the issues, and gives each a board. */
async function fillBoards(
  boards: Parameters<typeof writeBoards>[0],
  codes: readonly string[],
): Promise<void> {
  const listed = { name: '銘柄', section: 'プライム', unit: 100, basePrice: 10_000_000, topix500: false }
  const issues = codes.map(code => ({ code, ...listed }))
  await storeEvents(boards, [
    { type: 'issues', line: 1, tradingDate: TRADING_DATE, part: 0, parts: 1, issues },
  ])
  const ticks = codes.map((code, index) => {
    const board = emptyBoard(code)
    board.values[F.volume] = index
    return { tradingDate: TRADING_DATE, line: 1, sequence: index + 1, time: MORNING + index, board }
  })
  await writeBoards(boards, ticks)
}
