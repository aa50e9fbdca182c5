/** The form of a conformance vector: client/conformance/README.md explains it to implementers. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BoardJson, TradeJson } from '../../../market/board-json.ts'
import type { ClientMessage, RequestedView } from '../../../market/protocol.ts'

export const FOLDER = join(import.meta.dirname, '../../../client/conformance')

/** An event that a client reports after a message. */
export interface VectorEvent {
  readonly board: BoardJson
  readonly trades: readonly TradeJson[]
  readonly high?: number
  readonly low?: number
  readonly lost?: true
}

export type VectorStep =
  /** The app subscribes. */
  | { readonly subscribe: string; readonly view: RequestedView; readonly trades: boolean }
  /** The app ends its subscription. */
  | { readonly unsubscribe: string }
  /** The client opens a connection. */
  | { readonly connect: true }
  /** The connection is lost. */
  | { readonly disconnect: true }
  /** The client closes its oldest connection. */
  | { readonly closed: true }
  /** The client sends a request. */
  | { readonly send: ClientMessage }
  /**
   * The client receives a message, as it comes over the newest WebSocket, or with `old` over the oldest. Without `events` it reports
   * no board.
   */
  | { readonly receive: string; readonly old?: true; readonly events?: readonly VectorEvent[] }

export interface Vector {
  readonly title: string
  readonly description: string
  /** Whether the client connects with `encoding=deflate-1`. */
  readonly compressed: boolean
  readonly steps: readonly VectorStep[]
}

export function vectorNames(): string[] {
  return readdirSync(FOLDER)
    .filter(name => name.endsWith('.json'))
    .map(name => name.slice(0, -'.json'.length))
}

export function readVector(name: string): Vector {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Vector
}
