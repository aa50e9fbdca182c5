/** The open connections of a WebSocket API, with the quotas of API Gateway. */
import type { WebSocket } from 'ws'
import { AwsError } from '../aws-error.ts'

export interface Connection {
  readonly id: string
  readonly socket: WebSocket
  readonly connectedAt: number
  readonly sourceIp: string
  readonly userAgent: string
  lastActiveAt: number
}

export interface Connections {
  readonly size: number
  /** Posts answered with 200. */
  readonly posts: number
  /** Posts refused because the client does not read. */
  readonly throttled: number
  add(connection: Connection): void
  remove(id: string): void
  /** @throws AwsError GoneException */
  get(id: string): Connection
  /** Sends text to a client. @throws AwsError GoneException, PayloadTooLargeException, LimitExceededException */
  post(id: string, data: Buffer): void
  close(): void
}

/** Returns whether a client has stopped reading, in addition to those whose bytes wait here. */
export type IsFull = (client: Pick<Connection, 'userAgent'>) => boolean

/** Greatest payload of a message (API Gateway WebSocket quotas). */
export const MESSAGE_BYTES = 128 * 1024
/** Greatest WebSocket frame (API Gateway WebSocket quotas). */
export const FRAME_BYTES = 32 * 1024
/** Time after which a connection without traffic is closed (API Gateway WebSocket quotas). */
const IDLE_MS = 10 * 60 * 1000
/** Greatest age of a connection, ms (API Gateway WebSocket quotas). */
export const LIFE_MS = 2 * 60 * 60 * 1000
/** Time between two checks of both limits. */
const SWEEP_MS = 5000
/** Bytes that can wait for a slow client. API Gateway refuses posts as well, above a size that is not documented. */
const CLIENT_BUFFER_BYTES = 1024 * 1024

/** Close code: the endpoint is going away (RFC 6455). */
const GOING_AWAY = 1001

/** @param life greatest age of a connection, ms. */
export function createConnections(isFull: IsFull, life: number): Connections {
  const open = new Map<string, Connection>()
  let posts = 0
  let throttled = 0

  const sweep = setInterval(() => {
    const now = Date.now()
    for (const { socket, lastActiveAt, connectedAt } of open.values()) {
      if (now - lastActiveAt > IDLE_MS) socket.close(GOING_AWAY, 'Idle connection timeout')
      else if (now - connectedAt > life) socket.close(GOING_AWAY, 'Connection duration limit')
    }
  }, SWEEP_MS)

  const get = (id: string): Connection => {
    const connection = open.get(id)
    if (connection === undefined || connection.socket.readyState !== connection.socket.OPEN) {
      throw new AwsError(410, 'GoneException', `connection ${id} is gone`)
    }
    return connection
  }

  return {
    get size() {
      return open.size
    },
    get posts() {
      return posts
    },
    get throttled() {
      return throttled
    },
    add: connection => void open.set(connection.id, connection),
    remove: id => void open.delete(id),
    get,
    post(id, data) {
      if (data.length > MESSAGE_BYTES) {
        throw new AwsError(
          413,
          'PayloadTooLargeException',
          `expected at most ${MESSAGE_BYTES} bytes, got ${data.length}`,
        )
      }
      const connection = get(id)
      if (connection.socket.bufferedAmount > CLIENT_BUFFER_BYTES || isFull(connection)) {
        throttled++
        throw new AwsError(429, 'LimitExceededException', `connection ${id} does not read its messages`)
      }
      connection.socket.send(data, TEXT)
      connection.lastActiveAt = Date.now()
      posts++
    },
    close() {
      clearInterval(sweep)
      for (const { socket } of open.values()) socket.terminate()
      open.clear()
    },
  }
}

const TEXT = { binary: false }
