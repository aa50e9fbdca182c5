/**
 * The line in a process of its own. It prepares the frames of the opening in memory and sends them to each connection as
 * fast as the reader accepts them. It also measures the work that no reader can avoid: inflating and copying.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { inflateRawSync } from 'node:zlib'
import { encodeLoginAnswer } from '../../ingest-task/line/control.ts'
import { controlFrame, type Frame, FrameReader } from '../../ingest-task/line/frame.ts'
import { MAX_UNZIPPED_BYTES, unzip } from '../../ingest-task/quick/zip.ts'
import { SECOND } from '../../local/exchange/hours.ts'
import { LineFeed } from '../../local/line/line-feed.ts'
import { PACE } from '../../local/line/line-server.ts'
import type { Board } from '../../market/board.ts'
import { collectGarbage } from '../benchmark.ts'
import { LINE } from '../flex-line.ts'
import { openMarket, SETTLED, START, TRADING_DATE } from '../opening.ts'
import { HOST } from './address.ts'
import { boardsDigest } from './digest.ts'
import { serve } from './helper.ts'
import { createVariety } from './variety.ts'

/** Approximate load of the real exchange at 9:00. */
const TICKS_PER_SECOND = 30_000
const BUSY_AT = SETTLED + 10 * SECOND
/** Market time (µs) between two flushes of the line's server. */
const TURN = PACE * 1000
/** Most bytes of messages in a frame: BATCH_BYTES of local/line/line-feed.ts. Inflating in one chunk is fastest. */
const BATCH_BYTES = 32 * 1024
/** Least bytes of one write to the socket. */
const WRITE_BYTES = 256 * 1024
/** Bytes of a PKZIP local header without name and extra field (APPNOTE 4.3.7). */
const LOCAL_HEADER_BYTES = 30

export interface FeedFacts {
  readonly port: number
  readonly messages: number
  /** Bytes of all messages, unpacked. */
  readonly messageBytes: number
  readonly marketSeconds: number
  readonly frames: number
  readonly frameBytes: number
  readonly zippedFrames: number
  /** Bytes of the zipped messages, unpacked. */
  readonly zippedBytes: number
  /** Digest of the true boards after the last message. */
  readonly boards: string
  readonly variety: readonly string[]
}

export interface Floors {
  /** CPU microseconds to inflate all zipped payloads. */
  readonly inflate: number
  /** CPU microseconds to copy all unpacked payloads. */
  readonly copy: number
}

export const FEED_ABILITIES = { prepare, floors }
serve(FEED_ABILITIES)

/** The deflated bytes of each zipped payload, and all payloads unpacked. */
const deflated: Uint8Array[] = []
const payloads: Uint8Array[] = []

/** @param least number of messages; the last frame is completed. */
async function prepare(least: number): Promise<FeedFacts> {
  const exchange = openMarket(TICKS_PER_SECOND, BUSY_AT)
  const variety = createVariety(exchange)
  const frames: Buffer[] = []
  const feed = new LineFeed(LINE, frame => frames.push(frame))
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

/** Fills {@link deflated} and {@link payloads}. Returns the bytes of zipped payloads, unpacked. */
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

/** Joins whole frames to pieces of a good size for writing. */
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

/** Serves readers: each gets an empty snapshot, as at the start of the day, and then all frames on each connection. */
async function listen(pieces: readonly Buffer[]): Promise<number> {
  /** Connections that wait for frames: no reader has requested a snapshot yet. */
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
    // A failing reader reports its own error.
    socket.on('error', () => {})
    socket.on('close', () => {
      begun = false
    })
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
