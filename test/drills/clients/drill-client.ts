/** One client of the drill: the client library, with a ledger of what it received. */
import { connect, type Itastream } from '../../../client/itastream.ts'
import type { Millis } from '../../../market/units.ts'
import type { DrillSocket } from './drill-socket.ts'
import { createLedger, type Ledger } from './trade-ledger.ts'

export interface DrillClient {
  /** User agent of its sockets. */
  readonly name: string
  readonly issues: readonly string[]
  readonly ledger: Ledger
  /** Whether the client is faulty itself in this phase. */
  isFaulty: boolean
  readonly socket: DrillSocket | undefined
  /** The client has a new socket. */
  use(socket: DrillSocket): void
  /** Opens a connection, if there is none. */
  open(): void
  /** Ends the connection with a close frame, and does not open it again. */
  close(): void
  /** Whether the client is connected, its subscription was answered, and it has the trades of its outage. */
  isServed(): boolean
  /** State of the connection, and what the client was told last: the reason of the state, or an error. */
  readonly condition: string
}

export interface DrillClientOptions {
  readonly name: string
  readonly url: string
  /** The pace that the client asks for. */
  readonly pace: Millis
  readonly token: () => Promise<string>
  readonly issues: readonly string[]
  /** Receives the time (ISO 8601) of each trade that came after the last cut of the ledger. */
  readonly onTrade: (client: DrillClient, time: string) => void
  /** The connection was lost. */
  readonly onDropped: (client: DrillClient) => void
  /** The client got a snapshot, which it requests only if updates are missing. */
  readonly onGap: (client: DrillClient) => void
}

export function createDrillClient(options: DrillClientOptions): DrillClient {
  const { name, url, pace, token, issues, onTrade, onDropped, onGap } = options
  const ledger = createLedger(issues)
  let connection: Itastream | undefined
  let current: DrillSocket | undefined
  let told = ''
  const client: DrillClient = {
    name,
    issues,
    ledger,
    isFaulty: false,
    get socket() {
      return current
    },
    use(socket) {
      current = socket
      // The answer can come twice: the client asks again if the first answer is late.
      socket.onAnswer = answer => (answer === 'subscribed' ? ledger.startAfresh() : onGap(client))
    },
    open() {
      if (connection !== undefined) return
      // The ledger follows answers at their arrival, so no message may wait for the one before it.
      connection = connect({ url, token, pace, compression: false })
      connection.on('board', ({ issue, board, trades, snapshot, lost = false }) => {
        for (const { sequence, time } of trades) if (ledger.isNew(issue, sequence)) onTrade(client, time)
        const sequences = trades.map(({ sequence }) => sequence)
        ledger.note({ issue, board: board.sequence, trades: sequences, snapshot, lost })
      })
      connection.on('state', ({ state, reason }) => {
        told = reason
        if (state === 'reconnecting') onDropped(client)
      })
      connection.on('error', ({ message }) => {
        told = message
      })
      for (const issue of issues) connection.subscribe(issue, () => {})
    },
    close() {
      connection?.close()
      connection = undefined
    },
    get condition() {
      return `${connection?.state ?? 'closed'} (${told})`
    },
    isServed() {
      const { socket } = client
      if (connection?.state !== 'connected' || socket === undefined) return false
      return socket.readyState === socket.OPEN && socket.isServed && socket.isCaughtUp
    },
  }
  return client
}
