/** The header of a market message, 41 bytes in FLEX Standard. */
import { ABSENT } from '../../market/board.ts'
import { FlexError, readDigit, readNumber, refuse } from './read-digits.ts'

export const START = 0x11
export const HEADER_END = 0x12
export const BLANK = 0x20

const LENGTH_AT = 1
const LENGTH_BYTES = 6
const CHANNEL_AT = 7
const CHANNEL_BYTES = 3
const COUNTER_AT = 10
const COUNTER_BYTES = 8
const EXCHANGE_AT = 21
/** The issue code, right-aligned before one trailing blank. */
export const ISSUE_AT = 28
export const ISSUE_BYTES = 11
export const HEADER_BYTES = 41

/** Real messages have up to about 1,300 bytes; a message with every tag full has 1,432. */
const MAX_MESSAGE_BYTES = 4096

/**
 * Returns the length that the message at `at` states. The bytes after the length need not be there yet.
 * @throws FlexError when no message starts there.
 */
export function messageLength(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== START) refuse(bytes, at, 1, 'a message to start with 0x11')
  const length = readNumber(bytes, at + LENGTH_AT, LENGTH_BYTES)
  if (!(length > HEADER_BYTES && length <= MAX_MESSAGE_BYTES)) {
    refuse(
      bytes,
      at + LENGTH_AT,
      LENGTH_BYTES,
      `a length of ${HEADER_BYTES + 1} to ${MAX_MESSAGE_BYTES} bytes`,
    )
  }
  return length
}

/**
 * Returns where the message that starts at `at` ends.
 * @throws FlexError when no whole message is there.
 */
export function messageEnd(bytes: Uint8Array, at: number): number {
  if (bytes.length - at < HEADER_BYTES + 1) {
    throw new FlexError(at, `a message of at least ${HEADER_BYTES + 1} bytes`, `${bytes.length - at} bytes`)
  }
  const length = messageLength(bytes, at)
  const end = at + length
  if (end > bytes.length)
    throw new FlexError(at, `a message of ${length} bytes`, `${bytes.length - at} bytes`)
  if (bytes[end - 1] !== START) refuse(bytes, end - 1, 1, `a message of ${length} bytes to end with 0x11`)
  if (bytes[at + HEADER_BYTES - 1] !== HEADER_END) {
    refuse(bytes, at + HEADER_BYTES - 1, 1, 'a header to end with 0x12')
  }
  return end
}

/**
 * Returns the counter of a message on its line.
 * @throws FlexError when the message belongs to another line.
 */
export function counterOf(bytes: Uint8Array, at: number, line: number): number {
  const counter = readNumber(bytes, at + COUNTER_AT, COUNTER_BYTES)
  if (counter === ABSENT || bytes[at + COUNTER_AT] === BLANK) {
    refuse(bytes, at + COUNTER_AT, COUNTER_BYTES, `a counter of ${COUNTER_BYTES} digits`)
  }
  if (readNumber(bytes, at + CHANNEL_AT, CHANNEL_BYTES) !== line) {
    refuse(bytes, at + CHANNEL_AT, CHANNEL_BYTES, `channel ${line}`)
  }
  return counter
}

/**
 * Returns the channel of a message, the number of its line.
 * @throws FlexError
 */
export function channelOf(bytes: Uint8Array, at: number): number {
  const channel = readNumber(bytes, at + CHANNEL_AT, CHANNEL_BYTES)
  if (channel === ABSENT) refuse(bytes, at + CHANNEL_AT, CHANNEL_BYTES, 'a channel')
  return channel
}

/** Letters of the exchanges by their digit in a header: Tokyo, Nagoya, Fukuoka, Sapporo. */
const EXCHANGES: ReadonlyMap<number, string> = new Map([
  [1, 'T'],
  [3, 'N'],
  [6, 'F'],
  [8, 'S'],
])

/**
 * Returns the letter that Japanese APIs use for the exchange of a message: T, N, F or S.
 * @throws FlexError for an unknown exchange.
 */
export function exchangeOf(bytes: Uint8Array, at: number): string {
  const exchange = EXCHANGES.get(readDigit(bytes, at + EXCHANGE_AT))
  return exchange ?? refuse(bytes, at + EXCHANGE_AT, 1, 'exchange 1, 3, 6 or 8')
}

const TOKYO = 0x31

/**
 * Whether the message is of Tokyo. The same issue may have a board of its own at another exchange.
 * @throws FlexError when the exchange is unknown.
 */
export function isTokyo(bytes: Uint8Array, at: number): boolean {
  return bytes[at + EXCHANGE_AT] === TOKYO || exchangeOf(bytes, at) === 'T'
}
