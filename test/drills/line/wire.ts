/** A wire between a task and its line, on which a drill does what networks and lines do on bad days. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { HEADER_BYTES } from '../../../ingest-task/line/frame.ts'
import { HOST } from '../../ingest-task/line-and-stream.ts'

/** What arrives at the reader instead of a frame; nothing at all where the damage is for other frames. */
export type Damage = (frame: Buffer) => readonly Buffer[] | undefined

/** What all wires of a line have in common, because the line itself does it. */
export interface Source {
  /** Before all other damage, and for good. */
  readonly damage: Damage
  /** What the line answers to a request; nothing where that is left to the real one. */
  answer(request: Buffer): Buffer | undefined
}

export interface Wire {
  readonly port: number
  /** Frames pass through the first damage that is for them. */
  damage(damage: Damage): void
  /** Frames arrive so much later, milliseconds. */
  delay(milliseconds: number): void
  /** What arrives does so byte by byte. */
  dribble(): void
  /** Nothing gets through any more on the connections that are open, and nobody hears of it. */
  freeze(): void
  /** Hangs up on both ends. */
  cut(): void
  /** The line is to be found elsewhere from now on. */
  lead(port: number): void
  /** No more damage; what is on its way arrives at once. */
  heal(): void
  close(): Promise<void>
}

interface Piece {
  readonly due: number
  rest: Buffer
}

export async function openWire(target: number, source: Source): Promise<Wire> {
  const connections = new Set<ReturnType<typeof carry>>()
  let damages: Damage[] = []
  let delay = 0
  let dribbling = false
  let port = target

  /** One connection: everything that goes on between a reader and its line. */
  const carry = (reader: Socket) => {
    const line = connect({ port, host: HOST, noDelay: true })
    const queue: Piece[] = []
    let frozen = false
    let timer: NodeJS.Timeout | undefined
    let immediate: NodeJS.Immediate | undefined

    const write = (bytes: Buffer): void => {
      if (reader.writable) reader.write(bytes)
    }
    const pump = (): void => {
      clearTimeout(timer)
      clearImmediate(immediate)
      for (let piece = queue[0]; piece !== undefined; piece = queue[0]) {
        const wait = piece.due - performance.now()
        if (wait > 0 && delay > 0) {
          timer = setTimeout(pump, wait)
          return
        }
        if (dribbling && piece.rest.length > 1) {
          write(piece.rest.subarray(0, 1))
          piece.rest = piece.rest.subarray(1)
          immediate = setImmediate(pump)
          return
        }
        queue.shift()
        write(piece.rest)
      }
    }
    const pass = (frame: Buffer): void => {
      const due = performance.now() + delay
      for (const rest of applied(frame)) queue.push({ due, rest: Buffer.from(rest) })
      pump()
    }
    const end = (): void => {
      clearTimeout(timer)
      clearImmediate(immediate)
      connections.delete(connection)
      reader.destroy()
      line.destroy()
    }

    reader.setNoDelay()
    cutFrames(line, frame => {
      if (!frozen) pass(frame)
    })
    cutFrames(reader, request => {
      if (frozen) return
      const own = source.answer(request)
      if (own === undefined) line.write(request)
      else pass(own)
    })
    for (const socket of [reader, line]) {
      socket.on('error', () => {})
      socket.on('close', () => {
        if (!frozen) end()
      })
    }
    const connection = {
      pump,
      end,
      freeze() {
        frozen = true
        queue.length = 0
      },
    }
    // The task gives a frozen connection up some time.
    reader.on('close', end)
    return connection
  }

  const applied = (frame: Buffer): readonly Buffer[] => {
    for (const damage of [source.damage, ...damages]) {
      const pieces = damage(frame)
      if (pieces !== undefined) return pieces
    }
    return [frame]
  }

  const each = (work: (connection: ReturnType<typeof carry>) => void): void => {
    for (const connection of [...connections]) work(connection)
  }

  const server = createServer(reader => void connections.add(carry(reader)))
  server.listen(0, HOST)
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    damage: damage => void damages.push(damage),
    delay(milliseconds) {
      delay = milliseconds
    },
    dribble() {
      dribbling = true
    },
    freeze: () => each(connection => connection.freeze()),
    cut: () => each(connection => connection.end()),
    lead(elsewhere) {
      port = elsewhere
    },
    heal() {
      damages = []
      delay = 0
      dribbling = false
      each(connection => connection.pump())
    },
    async close() {
      each(connection => connection.end())
      server.close()
      await once(server, 'close')
    },
  }
}

/** Frames of a socket, whole; what it says is trusted to be frames. */
function cutFrames(socket: Socket, take: (frame: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', chunk => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      const size = rest.length < HEADER_BYTES ? Infinity : HEADER_BYTES + rest.readUInt32BE(10)
      if (rest.length < size) return
      const frame = rest.subarray(0, size)
      rest = rest.subarray(size)
      take(frame)
    }
  })
}
