/** What one line sends: events of the exchange as numbered frames. The latest frames are kept to be sent again. */
import { controlFrame, encodeFrame, type Frame } from '../../ingest-task/line/frame.ts'
import { encodeMaster, encodeNews, encodePhase } from '../../ingest-task/quick/records.ts'
import type { Board } from '../../market/board.ts'
import type { ExchangeEvent } from '../exchange/exchange-event.ts'
import { snapshotMessage } from '../exchange/flex.ts'
import { FrameStore } from './frame-store.ts'
import { zip } from './zip-writer.ts'

/** Messages are gathered up to so many bytes, or to the end of the server's turn. */
const BATCH_BYTES = 32 * 1024
/** Payloads from this size on are zipped, except one in {@link PLAIN_ONE_IN}: a reader must handle both. */
const ZIP_BYTES = 4096
const PLAIN_ONE_IN = 8
/** Memory for frames that can be sent again, bytes a line. */
const KEPT_BYTES = 8 * 1024 * 1024

type ContentType = Extract<Frame['type'], 'prices' | 'master' | 'news' | 'market'>

/** A board, and the counter of the message that it came in. */
interface LatestBoard {
  readonly board: Board
  readonly sequence: number
}

export class LineFeed {
  readonly #line: number
  readonly #send: (frame: Buffer) => void
  readonly #latest = new Map<string, LatestBoard>()
  readonly #batch = Buffer.allocUnsafe(BATCH_BYTES)
  #batched = 0
  readonly #kept = new FrameStore(KEPT_BYTES)
  #last = 0
  #messages = 0
  /** The last message, if it is of another exchange: no board has its counter. */
  #elsewhere: Uint8Array | undefined
  /** Payloads of at least {@link ZIP_BYTES} so far. */
  #packed = 0
  #master: Buffer | undefined
  #market: Buffer | undefined

  /** @param send takes every numbered frame once. */
  constructor(line: number, send: (frame: Buffer) => void) {
    this.#line = line
    this.#send = send
  }

  /** Number of the last frame sent. */
  get last(): number {
    return this.#last
  }

  /** Counter of the last message, which is the number of messages so far. */
  get messages(): number {
    return this.#messages
  }

  take(event: ExchangeEvent): void {
    switch (event.kind) {
      case 'message':
        this.#latest.set(event.issue, { board: event.board, sequence: event.sequence })
        this.#addMessage(event.bytes)
        this.#messages = event.sequence
        this.#elsewhere = undefined
        break
      case 'elsewhere':
        this.#addMessage(event.bytes)
        this.#messages = event.sequence
        this.#elsewhere = event.bytes
        break
      case 'issues':
        this.#master = this.#emitAlone('master', encodeMaster(event.issues))
        break
      case 'phase':
        this.#market = this.#emitAlone('market', encodePhase(event))
        break
      case 'news':
        this.#emitAlone('news', encodeNews(event))
    }
  }

  /** Sends the messages gathered so far. */
  flush(): void {
    if (this.#batched === 0) return
    this.#emit('prices', this.#batch.subarray(0, this.#batched))
    this.#batched = 0
  }

  /** Returns frames as they were sent, both ends included; undefined when some of them are no longer kept. */
  range(from: number, to: number): readonly Buffer[] | undefined {
    return this.#kept.range(from, to)
  }

  /** Returns all boards, the master and the phase after the last frame. */
  snapshot(): Buffer[] {
    this.flush()
    const last = this.#last
    const frames: Buffer[] = []
    if (this.#master !== undefined) frames.push(this.#pack('master', last, this.#master, true))
    if (this.#market !== undefined) frames.push(this.#pack('market', last, this.#market, true))
    for (const part of inParts(this.#snapshotMessages())) {
      frames.push(this.#pack('prices', last, Buffer.concat(part), true))
    }
    frames.push(controlFrame('snapshot-end', last))
    return frames
  }

  *#snapshotMessages(): Iterable<Uint8Array> {
    for (const { board, sequence } of this.#latest.values())
      yield snapshotMessage(board, this.#line, sequence)
    if (this.#elsewhere !== undefined) yield this.#elsewhere
  }

  #addMessage(bytes: Uint8Array): void {
    if (this.#batched + bytes.length > BATCH_BYTES) this.flush()
    this.#batch.set(bytes, this.#batched)
    this.#batched += bytes.length
  }

  /** Sends a payload in a frame of its own, and returns it. */
  #emitAlone(type: ContentType, payload: Buffer): Buffer {
    this.flush()
    this.#emit(type, payload)
    return payload
  }

  #emit(type: ContentType, payload: Uint8Array): void {
    const frame = this.#pack(type, ++this.#last, payload, false)
    this.#kept.add(frame)
    this.#send(frame)
  }

  #pack(type: ContentType, sequence: number, payload: Uint8Array, snapshot: boolean): Buffer {
    const zipped = payload.length >= ZIP_BYTES && ++this.#packed % PLAIN_ONE_IN !== 0
    // Programs that stream write a data descriptor, others do not.
    const body = zipped ? zip(`${type}.txt`, payload, this.#packed % 2 === 0) : payload
    return encodeFrame({ type, sequence, zip: zipped, snapshot, payload: body })
  }
}

/** Groups messages into parts of at most {@link BATCH_BYTES}. */
function* inParts(messages: Iterable<Uint8Array>): Iterable<Uint8Array[]> {
  let part: Uint8Array[] = []
  let bytes = 0
  for (const message of messages) {
    if (bytes + message.length > BATCH_BYTES && part.length > 0) {
      yield part
      part = []
      bytes = 0
    }
    part.push(message)
    bytes += message.length
  }
  if (part.length > 0) yield part
}
