/** A TCP proxy between a reader and its line, which damages, delays or cuts what passes. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { controlFrame, FrameReader } from '../../../ingest-task/line/frame.ts'
import { HOST } from '../line-and-stream.ts'
import { eachFrame } from './damaged-frames.ts'

/** Returns the pieces that arrive at the reader instead of a frame. */
export type Damage = (frame: Buffer) => readonly Buffer[]

export interface Cable {
  readonly port: number
  /** Connections made so far. */
  readonly connections: number
  /** Sets the damage to frames; undefined ends it. */
  damage(damage: Damage | undefined): void
  /** Delays frames by so many milliseconds. */
  delay(milliseconds: number): void
  /** Refuses every request to send frames again; the line does not get it. */
  refuseResends(): void
  /** Lets nothing through any more on the open connections, without ending them. */
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
    eachFrame(line, frame => {
      for (const piece of damage?.(frame) ?? [frame]) {
        if (delay > 0) setTimeout(write, delay, Buffer.from(piece))
        else write(piece)
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
