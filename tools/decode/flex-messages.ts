/** Decodes a stream of FLEX Standard messages. A broken message does not affect the messages after it. */

import {
  channelOf,
  counterOf,
  HEADER_BYTES,
  HEADER_END,
  messageEnd,
  messageLength,
  START,
} from '../../ingest-task/flex/message-header.ts'
import { FlexError } from '../../ingest-task/flex/read-digits.ts'
import type { Decoder, Item } from './item.ts'
import { createMessageReader } from './message-json.ts'

/** Creates a decoder. In addition to the current chunk it holds at most one message. */
export function createMessageDecoder(): Decoder {
  const readMessage = createMessageReader()
  let rest: Buffer = Buffer.alloc(0)
  /** Bytes before `rest`. */
  let passed = 0
  /** The last message was broken, and the start of the next message is not found yet. */
  let lost = false

  const faultOf = (at: number, error: unknown): string => {
    if (!(error instanceof FlexError)) throw error
    const where = error.offset === at ? '' : ` at offset ${passed + error.offset}`
    return `message at offset ${passed + at}: ${error.reason}${where}`
  }

  function* decode(bytes: Buffer, complete: boolean): Generator<Item> {
    let at = 0
    while (at < bytes.length) {
      if (lost) {
        const next = nextMessage(bytes, at, complete)
        at = next.at
        lost = !next.found
        if (lost) break
      }
      if (!complete && !isWhole(bytes, at)) break
      if (isLone(bytes, at)) {
        at++
        continue
      }
      let end: number | undefined
      try {
        end = messageEnd(bytes, at)
        yield { shown: readMessage(bytes, at, end) }
        at = end
      } catch (error) {
        // The length of a broken message is trusted if another message, or the end, follows it.
        if (end === bytes.length && !complete) break
        yield { fault: faultOf(at, error) }
        lost = end === undefined || (end < bytes.length && bytes[end] !== START)
        at = lost ? at + 1 : end!
      }
    }
    rest = bytes.subarray(at)
    passed += at
  }

  return {
    *read(chunk) {
      yield* decode(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]), false)
    },
    *end() {
      yield* decode(rest, true)
    },
  }
}

/** Returns whether the bytes at `at` are complete, so that more bytes would not change how they are read. */
function isWhole(bytes: Buffer, at: number): boolean {
  const length = bytes.length - at
  if (isLone(bytes, at)) return length > 1
  if (length <= HEADER_BYTES) return false
  try {
    return length >= messageLength(bytes, at)
  } catch (error) {
    if (error instanceof FlexError) return true
    throw error
  }
}

/** Returns whether a message of one byte is at `at`. Such messages are ignored (feed rule). */
function isLone(bytes: Buffer, at: number): boolean {
  return bytes[at] === START && (at + 1 === bytes.length || bytes[at + 1] === START)
}

/** Finds the first message header from `at` on. If there is none, returns where to search again with more bytes. */
function nextMessage(bytes: Buffer, at: number, complete: boolean): { found: boolean; at: number } {
  for (let start = bytes.indexOf(START, at); start >= 0; start = bytes.indexOf(START, start + 1)) {
    if (bytes.length - start <= HEADER_BYTES) return { found: false, at: complete ? bytes.length : start }
    if (isHeader(bytes, start)) return { found: true, at: start }
  }
  return { found: false, at: bytes.length }
}

function isHeader(bytes: Buffer, at: number): boolean {
  if (bytes[at + HEADER_BYTES - 1] !== HEADER_END) return false
  try {
    messageLength(bytes, at)
    counterOf(bytes, at, channelOf(bytes, at))
    return true
  } catch (error) {
    if (error instanceof FlexError) return false
    throw error
  }
}
