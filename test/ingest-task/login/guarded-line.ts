/** A line that counts the logins of each password, and accepts some passwords. */
import { createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { decodeLogin, encodeLoginAnswer, REFUSALS } from '../../../ingest-task/line/control.ts'
import { controlFrame, FrameReader } from '../../../ingest-task/line/frame.ts'
import { encodeRows } from '../../../ingest-task/quick/text.ts'
import { MARKET } from '../line-and-stream.ts'

export interface GuardedLine {
  readonly port: number
  /** Passwords that it accepts. */
  readonly accepted: Set<string>
  /** Logins by password. */
  readonly logins: ReadonlyMap<string, number>
}

export async function openGuardedLine(t: TestContext): Promise<GuardedLine> {
  const accepted = new Set<string>()
  const logins = new Map<string, number>()
  const serve = (socket: Socket): void => {
    const reader = new FrameReader()
    socket.on('error', () => {})
    socket.on('data', chunk => {
      for (const { type, payload } of reader.read(chunk)) {
        if (type === 'snapshot-request') socket.write(controlFrame('snapshot-end', 0))
        if (type === 'logout') socket.end()
        if (type !== 'login') continue
        const { password } = decodeLogin(payload)
        logins.set(password, (logins.get(password) ?? 0) + 1)
        if (accepted.has(password)) {
          const answer = { tradingDate: MARKET.tradingDate, session: 1 }
          socket.write(controlFrame('login-accepted', 0, encodeLoginAnswer(answer)))
        } else {
          const text = encodeRows([['credentials', REFUSALS.credentials]])
          socket.end(controlFrame('login-refused', 0, text))
        }
      }
    })
  }
  const server = createServer(serve)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  return { port, accepted, logins }
}
