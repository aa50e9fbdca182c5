/** A line of one connection whose frames the test itself writes. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { Connection, type Timing } from '../../../ingest-task/line/connection.ts'
import { encodeLoginAnswer, type LoginAnswer } from '../../../ingest-task/line/control.ts'
import { controlFrame, type Frame, FrameReader, type LineError } from '../../../ingest-task/line/frame.ts'
import { until } from '../../until.ts'
import { SESSION, TIMING, TRADING_DATE } from './machine-run.ts'

export const LOGIN = { user: 'user', password: 'secret', line: 2 }
export const ANSWER: LoginAnswer = { tradingDate: TRADING_DATE, session: SESSION }

export interface BareLine {
  readonly connection: Connection
  /** What the connection reports: `opened 7`, `frame prices 8`, `closed silent`. */
  readonly reported: string[]
  /** Why the connection ended. */
  readonly reasons: LineError[]
  /** Bytes that came, as the connection reports them. */
  readonly counts: { bytes: number }
  /** Frames that the connection sent. */
  readonly sent: Frame[]
  /** The line's end of the connection. */
  readonly socket: Socket
  write(...frames: Buffer[]): void
  /** Accepts the login: the line has sent frames up to `sequence`. */
  accept(sequence?: number): Promise<void>
  /** Waits until the connection has reported this. */
  untilReported(what: string): Promise<void>
}

/** Called for each frame of the line. It may throw, as the session does. */
export type OnFrame = (frame: Frame, connection: Connection) => void

export async function openBareLine(
  t: TestContext,
  { timing = TIMING, onFrame }: { timing?: Timing; onFrame?: OnFrame } = {},
): Promise<BareLine> {
  const sent: Frame[] = []
  const reported: string[] = []
  const reasons: LineError[] = []
  const counts = { bytes: 0 }
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const connection = new Connection({ host: '127.0.0.1', port }, LOGIN, timing, {
    opened: (answer, sequence) => {
      assert.deepEqual(answer, ANSWER)
      reported.push(`opened ${sequence}`)
    },
    frame: frame => {
      reported.push(`frame ${frame.type} ${frame.sequence}`)
      onFrame?.(frame, connection)
    },
    bytes: count => {
      counts.bytes += count
    },
    closed: reason => {
      reasons.push(reason)
      reported.push(`closed ${reason.kind}`)
    },
  })
  const [socket] = (await once(server, 'connection')) as [Socket]
  const reader = new FrameReader()
  socket.on('data', chunk => sent.push(...reader.read(chunk))).on('error', () => {})
  t.after(async () => {
    socket.destroy()
    await connection.logout()
    server.close()
  })
  const untilReported = (what: string): Promise<void> =>
    until(() => reported.includes(what), `the report "${what}"`)
  return {
    connection,
    reported,
    reasons,
    counts,
    sent,
    socket,
    write: (...frames) => void socket.write(Buffer.concat(frames)),
    async accept(sequence = 7) {
      socket.write(controlFrame('login-accepted', sequence, encodeLoginAnswer(ANSWER)))
      await untilReported(`opened ${sequence}`)
    },
    untilReported,
  }
}
