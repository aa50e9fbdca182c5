/** What one line sends: the exchange's events as numbered frames, the latest of them kept for whoever missed some. */
import { controlFrame, encodeFrame, type Frame } from '../../ingest-task/line/frame.ts'
import { encodeMaster, encodeNews, encodePhase } from '../../ingest-task/quick/records.ts'
import type { Board } from '../../market/board.ts'
import type { ExchangeEvent } from '../exchange/exchange-event.ts'
import { snapshotMessage } from '../exchange/flex.ts'
import { FrameStore } from './frame-store.ts'
import { zip } from './zip-writer.ts'

/** Messages are gathered up to so many bytes, or to the end of the server's turn. */
const BATCH_BYTES = 32 * 1024
/** Payloads from this size on are zipped, but for one in {@link PLAIN_ONE_IN}: a reader must know both. */
const ZIP_BYTES = 4096
const PLAIN_ONE_IN = 8
/** Memory for frames that can be sent again, of each line. */
const KEPT_BYTES = 8 * 1024 * 1024

export interface Feed {
  /** Number of the last frame sent. */
  readonly last: number
  /** Counter of the last message: how many there were. */
  readonly messages: number
  take(event: ExchangeEvent): void
  /** Sends what has been gathered. */
  flush(): void
  /** Frames as they were sent; undefined when some of them are no longer kept. */
  range(from: number, to: number): readonly Buffer[] | undefined
  /** All boards, the master and the phase as they stand after the last frame. */
  snapshot(): Buffer[]
}

type ContentType = Extract<Frame['type'], 'prices' | 'master' | 'news' | 'market'>

/** @param send gets every numbered frame once. */
export function createFeed(line: number, send: (frame: Buffer) => void): Feed {
  /** The latest board of each issue, with the counter of the message it came in. */
  const latest = new Map<string, { readonly board: Board; readonly sequence: number }>()
  const batch = Buffer.allocUnsafe(BATCH_BYTES)
  let batched = 0
  const kept = new FrameStore(KEPT_BYTES)
  let last = 0
  let messages = 0
  /** The last message, where it is of another exchange: no board tells of its counter. */
  let elsewhere: Uint8Array | undefined
  let packed = 0
  let master: Buffer | undefined
  let market: Buffer | undefined

  const pack = (type: ContentType, sequence: number, payload: Uint8Array, snapshot: boolean): Buffer => {
    const zipped = payload.length >= ZIP_BYTES && ++packed % PLAIN_ONE_IN !== 0
    // Packers that stream write a data descriptor, others do not.
    const body = zipped ? zip(`${type}.txt`, payload, packed % 2 === 0) : payload
    return encodeFrame({ type, sequence, zip: zipped, snapshot, payload: body })
  }

  const emit = (type: ContentType, payload: Uint8Array): void => {
    const frame = pack(type, ++last, payload, false)
    kept.add(frame)
    send(frame)
  }

  const flush = (): void => {
    if (batched === 0) return
    emit('prices', batch.subarray(0, batched))
    batched = 0
  }

  const addMessage = (bytes: Uint8Array): void => {
    if (batched + bytes.length > BATCH_BYTES) flush()
    batch.set(bytes, batched)
    batched += bytes.length
  }

  const emitAlone = (type: ContentType, payload: Buffer): Buffer => {
    flush()
    emit(type, payload)
    return payload
  }

  return {
    get last() {
      return last
    },
    get messages() {
      return messages
    },
    flush,
    take(event) {
      switch (event.kind) {
        case 'message':
          latest.set(event.issue, { board: event.board, sequence: event.sequence })
          addMessage(event.bytes)
          messages = event.sequence
          elsewhere = undefined
          break
        case 'elsewhere':
          addMessage(event.bytes)
          messages = event.sequence
          elsewhere = event.bytes
          break
        case 'issues':
          master = emitAlone('master', encodeMaster(event.issues))
          break
        case 'phase':
          market = emitAlone('market', encodePhase(event))
          break
        case 'news':
          emitAlone('news', encodeNews(event))
      }
    },
    range: (from, to) => kept.range(from, to),
    snapshot() {
      flush()
      const frames: Buffer[] = []
      if (master !== undefined) frames.push(pack('master', last, master, true))
      if (market !== undefined) frames.push(pack('market', last, market, true))
      let part: Uint8Array[] = []
      let bytes = 0
      const close = (): void => {
        if (part.length > 0) frames.push(pack('prices', last, Buffer.concat(part), true))
        part = []
        bytes = 0
      }
      const add = (message: Uint8Array): void => {
        if (bytes + message.length > BATCH_BYTES) close()
        part.push(message)
        bytes += message.length
      }
      for (const { board, sequence } of latest.values()) add(snapshotMessage(board, line, sequence))
      if (elsewhere !== undefined) add(elsewhere)
      close()
      frames.push(controlFrame('snapshot-end', last))
      return frames
    },
  }
}
