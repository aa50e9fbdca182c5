/** Line 1 of an exchange in the protocol of raw-line-opener.ts: raw messages, with those of the whole day kept. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { openExchange } from '../../../local/exchange/exchange.ts'
import type { Clock } from '../../../market/clock.ts'
import { momentOf } from '../../../market/moment.ts'
import { HOST, MARKET } from '../line-and-stream.ts'

/** Milliseconds between two looks at the clock. */
const PACE = 5

export interface RawLine {
  readonly port: number
  /** Hangs up on all readers in the middle of the next message. */
  cut(): void
  close(): Promise<void>
}

export async function openRawLine(clock: Clock): Promise<RawLine> {
  const exchange = openExchange(MARKET)
  const messages: Buffer[] = []
  /** Messages sent to each reader. */
  const readers = new Map<Socket, number>()
  let cutting = false

  const advance = (): void => {
    for (const event of exchange.advance(clock.now() - momentOf(MARKET.tradingDate, 0)))
      if (event.kind === 'message' && event.line === 1) messages.push(Buffer.from(event.bytes))
    for (const [socket, sent] of readers) {
      const next = Buffer.concat(messages.slice(sent))
      if (cutting && next.length > 0) {
        // Everything up to the middle of the message.
        socket.end(next.subarray(0, next.length - messages.at(-1)!.length / 2))
        readers.delete(socket)
      } else {
        socket.write(next)
        readers.set(socket, messages.length)
      }
    }
    if (readers.size === 0) cutting = false
  }
  const timer = setInterval(advance, PACE)

  const server = createServer(socket => {
    advance()
    socket.write(`${MARKET.tradingDate} ${messages.length}\n`)
    socket.once('data', request => readers.set(socket, Number(request) - 1))
    socket.on('error', () => {})
    socket.on('close', () => readers.delete(socket))
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      cutting = true
    },
    async close() {
      clearInterval(timer)
      for (const socket of readers.keys()) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
