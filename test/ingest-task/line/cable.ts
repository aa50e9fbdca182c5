/** A cable between a reader and its line that a test can damage. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { controlFrame, FrameReader, HEADER_BYTES } from '../../../ingest-task/line/frame.ts'
import { HOST } from '../line-and-stream.ts'

/** What becomes of one frame on its way to the reader: the pieces that arrive instead. */
export type Damage = (frame: Buffer) => readonly Buffer[]

export interface Cable {
  readonly port: number
  /** Connections made so far. */
  readonly connections: number
  /** Lets frames through as they are when undefined. */
  damage(damage: Damage | undefined): void
  /** Lets frames through so many milliseconds late. */
  delay(milliseconds: number): void
  /** Answers every request to send frames again with a refusal, in place of the line. */
  refuseResends(): void
  /** Nothing gets through any more on the connections that are open, and nobody hears of it. */
  freeze(): void
  /** Hangs up on both ends. */
  cut(): void
  close(): Promise<void>
}

export async function openCable(target: number): Promise<Cable> {
  const sockets = new Set<Socket>()
  let damage: Damage | undefined
  let connections = 0
  let delay = 0
  let refusing = false

  const server = createServer(reader => {
    connections++
    const line = connect({ port: target, host: HOST })
    sockets.add(reader).add(line)
    let rest: Buffer = Buffer.alloc(0)
    const requests = new FrameReader()
    reader.on('data', chunk => {
      for (const { type, sequence, payload } of requests.read(chunk)) {
        const frame = controlFrame(type, sequence, payload)
        if (type === 'resend-request' && refusing)
          reader.write(controlFrame('resend-refused', sequence, payload))
        else line.write(frame)
      }
    })
    const write = (piece: Buffer): void => {
      if (reader.writable) reader.write(piece)
    }
    line.on('data', chunk => {
      rest = Buffer.concat([rest, chunk])
      for (;;) {
        const size = rest.length < HEADER_BYTES ? Infinity : HEADER_BYTES + rest.readUInt32BE(10)
        if (rest.length < size) break
        const frame = rest.subarray(0, size)
        rest = rest.subarray(size)
        for (const piece of damage?.(frame) ?? [frame]) {
          if (delay > 0) setTimeout(write, delay, Buffer.from(piece))
          else write(piece)
        }
      }
    })
    for (const [socket, other] of [
      [reader, line],
      [line, reader],
    ] as const) {
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  })
  server.listen(0, HOST)
  await once(server, 'listening')

  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections
    },
    damage: next => {
      damage = next
    },
    delay(milliseconds) {
      delay = milliseconds
    },
    refuseResends() {
      refusing = true
    },
    freeze() {
      for (const socket of sockets) socket.removeAllListeners('data').resume()
    },
    cut,
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
