/**
 * The line, as a process of its own: prepares the opening's frames in memory and sends them to whoever connects, as
 * fast as they are taken. Also measures what no reader of them can do without.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { inflateRawSync } from 'node:zlib'
import { encodeLoginAnswer } from '../../ingest-task/line/control.ts'
import { controlFrame, type Frame, FrameReader } from '../../ingest-task/line/frame.ts'
import { MAX_UNZIPPED_BYTES, unzip } from '../../ingest-task/quick/zip.ts'
import { SECOND } from '../../local/exchange/hours.ts'
import { createFeed } from '../../local/line/line-feed.ts'
import { PACE } from '../../local/line/line-server.ts'
import type { Board } from '../../market/board.ts'
import { collectGarbage } from '../benchmark.ts'
import { LINE } from '../flex-line.ts'
import { openMarket, SETTLED, START, TRADING_DATE } from '../opening.ts'
import { HOST } from './address.ts'
import { boardsDigest } from './digest.ts'
import { serve } from './helper.ts'
import { createVariety } from './variety.ts'

/** What the real exchange sends at 9:00, about. */
const TICKS_PER_SECOND = 30_000
const BUSY_AT = SETTLED + 10 * SECOND
/** The server looks at the clock this often, and sends what is new. Market time is in microseconds. */
const TURN = PACE * 1000
/** Most bytes of messages in a frame: BATCH_BYTES of local/line/line-feed.ts. Inflated in one piece, which is fastest. */
const BATCH_BYTES = 32 * 1024
/** Of one write to the socket, at least. */
const WRITE_BYTES = 256 * 1024
/** Of a PKZIP local header without name and extra field (APPNOTE 4.3.7). */
const LOCAL_HEADER_BYTES = 30

export interface FeedFacts {
  readonly port: number
  readonly messages: number
  /** Of all messages, unpacked. */
  readonly messageBytes: number
  readonly marketSeconds: number
  readonly frames: number
  readonly frameBytes: number
  readonly zippedFrames: number
  /** Of messages that travel zipped, unpacked. */
  readonly zippedBytes: number
  /** What the exchange knows to be true after the last message. */
  readonly boards: string
  readonly variety: readonly string[]
}

export interface Floors {
  /** CPU microseconds of inflating all that is zipped. */
  readonly inflate: number
  /** CPU microseconds of copying all that is unpacked. */
  readonly copy: number
}

export const FEED_ABILITIES = { prepare, floors }
serve(FEED_ABILITIES)

/** What deflate made of each zipped payload, and all payloads unpacked. */
const deflated: Uint8Array[] = []
const payloads: Uint8Array[] = []

/** @param least messages of the line; it goes on to the end of the frame. */
async function prepare(least: number): Promise<FeedFacts> {
  const exchange = openMarket(TICKS_PER_SECOND, BUSY_AT)
  const variety = createVariety(exchange)
  const frames: Buffer[] = []
  const feed = createFeed(LINE, frame => frames.push(frame))
  const boards = new Map<string, Board>()
  let messageBytes = 0
  let time = START
  for (; feed.messages < least; time += TURN) {
    for (const event of exchange.advance(time)) {
      if (event.line !== LINE) continue
      feed.take(event)
      if (event.kind !== 'message') continue
      variety.add(event)
      boards.set(event.issue, event.board)
      messageBytes += event.bytes.length
    }
    feed.flush()
  }
  return {
    port: await listen(piecesOf(frames)),
    messages: feed.messages,
    messageBytes,
    marketSeconds: (time - START) / SECOND,
    frames: frames.length,
    frameBytes: frames.reduce((sum, { length }) => sum + length, 0),
    zippedBytes: unpack(frames),
    zippedFrames: deflated.length,
    boards: boardsDigest(boards.values()),
    variety: variety.notes(),
  }
}

function floors(): Floors {
  const target = new Uint8Array(MAX_UNZIPPED_BYTES)
  return {
    inflate: cpuOf(() => deflated.forEach(bytes => void inflateRawSync(bytes, { chunkSize: BATCH_BYTES }))),
    copy: cpuOf(() => payloads.forEach(bytes => void target.set(bytes))),
  }
}

/** Fills {@link deflated} and {@link payloads}. Returns how many bytes of payload are zipped. */
function unpack(frames: readonly Buffer[]): number {
  const reader = new FrameReader()
  let zippedBytes = 0
  for (const { type, zip, payload } of frames.flatMap(frame => [...reader.read(frame)])) {
    if (type !== 'prices') continue
    const unpacked = zip ? unzip(payload) : payload
    payloads.push(unpacked)
    if (!zip) continue
    const header = new DataView(payload.buffer, payload.byteOffset, LOCAL_HEADER_BYTES)
    const names = header.getUint16(26, true) + header.getUint16(28, true)
    deflated.push(payload.subarray(LOCAL_HEADER_BYTES + names))
    zippedBytes += unpacked.length
  }
  return zippedBytes
}

function cpuOf(work: () => void): number {
  collectGarbage()
  const start = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(start)
  return user + system
}

/** Whole frames, joined up to a good size to write. */
function piecesOf(frames: readonly Buffer[]): Buffer[] {
  const pieces: Buffer[][] = [[]]
  let bytes = 0
  for (const frame of frames) {
    if (bytes >= WRITE_BYTES) {
      pieces.push([])
      bytes = 0
    }
    pieces.at(-1)!.push(frame)
    bytes += frame.length
  }
  return pieces.map(piece => Buffer.concat(piece))
}

/** Every reader gets an empty snapshot, as at the start of the day, and then all frames on each of its connections. */
async function listen(pieces: readonly Buffer[]): Promise<number> {
  /** Connections without frames so far, because no snapshot has been asked for. */
  const waiting: Socket[] = []
  let begun = false
  const send = (socket: Socket): void => void Readable.from(pieces).pipe(socket, { end: false })

  const answer = (socket: Socket, { type }: Frame): void => {
    if (type === 'login') {
      socket.write(
        controlFrame('login-accepted', 0, encodeLoginAnswer({ tradingDate: TRADING_DATE, session: 0 })),
      )
      if (begun) send(socket)
      else waiting.push(socket)
    } else if (type === 'snapshot-request') {
      socket.write(controlFrame('snapshot-end', 0))
      begun = true
      waiting.splice(0).forEach(send)
    } else if (type === 'logout') socket.destroy()
  }

  const server = createServer(socket => {
    const reader = new FrameReader()
    socket.on('data', chunk => {
      for (const frame of reader.read(chunk)) answer(socket, frame)
    })
    // A reader that fails says why itself.
    socket.on('error', () => {})
    socket.on('close', () => {
      begun = false
    })
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
