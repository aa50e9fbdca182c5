/** A TCP proxy between a task and its line, which can delay, damage, freeze and cut connections. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { eachFrame } from '../../ingest-task/line/damaged-frames.ts'
import { HOST } from '../../ingest-task/line-and-stream.ts'

/** Returns what arrives at the reader instead of a frame; undefined if the damage does not apply to the frame. */
export type Damage = (frame: Buffer) => readonly Buffer[] | undefined

/** Faults of the line itself, which all its wires share. */
export interface Source {
  /** Applied before all other damage. */
  readonly damage: Damage
  /** Returns the answer to a request; undefined if the real line answers. */
  answer(request: Buffer): Buffer | undefined
}

export interface Wire {
  readonly port: number
  /** Adds damage. A frame passes through the first damage that applies to it. */
  damage(damage: Damage): void
  /** Delays frames, milliseconds. */
  delay(milliseconds: number): void
  /** Passes everything on byte by byte. */
  dribble(): void
  /** Lets nothing through any more on the open connections, without ending them. */
  freeze(): void
  /** Hangs up on both ends. */
  cut(): void
  /** Leads new connections to another port. */
  lead(port: number): void
  /** Ends all faults; delayed frames arrive at once. */
  heal(): void
  close(): Promise<void>
}

interface Piece {
  /** When it is passed on, real time, ms. */
  readonly due: number
  rest: Buffer
}

/** What a wire does to all of its connections. */
interface WireSettings {
  readonly source: Source
  damages: Damage[]
  /** Milliseconds. */
  delay: number
  isDribbling: boolean
  /** Port of the line. */
  port: number
}

/** One connection through a wire: both sockets, and the pieces that wait to be passed on to the reader. */
class WireConnection {
  readonly #settings: WireSettings
  readonly #reader: Socket
  readonly #line: Socket
  readonly #queue: Piece[] = []
  readonly #ended: (connection: WireConnection) => void
  #isFrozen = false
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined

  constructor(reader: Socket, settings: WireSettings, ended: (connection: WireConnection) => void) {
    this.#settings = settings
    this.#reader = reader
    this.#ended = ended
    this.#line = connect({ port: settings.port, host: HOST, noDelay: true })
    reader.setNoDelay()
    eachFrame(this.#line, frame => {
      if (!this.#isFrozen) this.#pass(frame)
    })
    eachFrame(reader, request => this.#takeRequest(request))
    for (const socket of [reader, this.#line]) {
      socket.on('error', () => {})
      socket.on('close', () => {
        if (!this.#isFrozen) this.end()
      })
    }
    // The task ends a frozen connection after some time.
    reader.on('close', () => this.end())
  }

  /** Passes on every piece that is due. */
  pump(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
    const { delay, isDribbling } = this.#settings
    for (let piece = this.#queue[0]; piece !== undefined; piece = this.#queue[0]) {
      const wait = piece.due - performance.now()
      if (wait > 0 && delay > 0) {
        this.#timer = setTimeout(() => this.pump(), wait)
        return
      }
      if (isDribbling && piece.rest.length > 1) {
        this.#write(piece.rest.subarray(0, 1))
        piece.rest = piece.rest.subarray(1)
        this.#immediate = setImmediate(() => this.pump())
        return
      }
      this.#queue.shift()
      this.#write(piece.rest)
    }
  }

  freeze(): void {
    this.#isFrozen = true
    this.#queue.length = 0
  }

  end(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
    this.#reader.destroy()
    this.#line.destroy()
    this.#ended(this)
  }

  #takeRequest(request: Buffer): void {
    if (this.#isFrozen) return
    const answer = this.#settings.source.answer(request)
    if (answer === undefined) this.#line.write(request)
    else this.#pass(answer)
  }

  #pass(frame: Buffer): void {
    const due = performance.now() + this.#settings.delay
    for (const rest of damaged(frame, this.#settings)) this.#queue.push({ due, rest: Buffer.from(rest) })
    this.pump()
  }

  #write(bytes: Buffer): void {
    if (this.#reader.writable) this.#reader.write(bytes)
  }
}

function damaged(frame: Buffer, { source, damages }: WireSettings): readonly Buffer[] {
  for (const damage of [source.damage, ...damages]) {
    const pieces = damage(frame)
    if (pieces !== undefined) return pieces
  }
  return [frame]
}

/** Opens a wire to the line on port `target`. */
export async function openWire(target: number, source: Source): Promise<Wire> {
  const settings: WireSettings = { source, damages: [], delay: 0, isDribbling: false, port: target }
  const connections = new Set<WireConnection>()
  const each = (work: (connection: WireConnection) => void): void => {
    for (const connection of [...connections]) work(connection)
  }
  const server = createServer(reader => {
    connections.add(new WireConnection(reader, settings, connection => connections.delete(connection)))
  })
  server.listen(0, HOST)
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    damage: damage => void settings.damages.push(damage),
    delay(milliseconds) {
      settings.delay = milliseconds
    },
    dribble() {
      settings.isDribbling = true
    },
    freeze: () => each(connection => connection.freeze()),
    cut: () => each(connection => connection.end()),
    lead(port) {
      settings.port = port
    },
    heal() {
      Object.assign(settings, { damages: [], delay: 0, isDribbling: false })
      each(connection => connection.pump())
    },
    async close() {
      each(connection => connection.end())
      server.close()
      await once(server, 'close')
    },
  }
}
