/** The header of a market message, 41 bytes in FLEX Standard. */
import { ABSENT } from '../../market/board.ts'
import { isIssueCode } from '../../market/issue-code.ts'
import { FlexError, readDigit, readNumber, refuse } from './read-digits.ts'

export const START = 0x11
export const HEADER_END = 0x12
const BLANK = 0x20

const LENGTH_AT = 1
const LENGTH_BYTES = 6
const CHANNEL_AT = 7
const CHANNEL_BYTES = 3
const COUNTER_AT = 10
const COUNTER_BYTES = 8
const EXCHANGE_AT = 21
/** Right-aligned before one trailing blank. */
const ISSUE_AT = 28
const ISSUE_BYTES = 11
export const HEADER_BYTES = 41

/** Real messages reach about 1,300 bytes, one with every tag full has 1,432. */
const MAX_MESSAGE_BYTES = 4096

/**
 * The length that the message at `at` says it has. Its header must be there up to that; the rest need not.
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
 * Where the message that starts at `at` ends.
 * @throws FlexError when no message stands there.
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
 * The message's counter on its line.
 * @throws FlexError when its channel is another line.
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

/** @throws FlexError */
export function channelOf(bytes: Uint8Array, at: number): number {
  const channel = readNumber(bytes, at + CHANNEL_AT, CHANNEL_BYTES)
  if (channel === ABSENT) refuse(bytes, at + CHANNEL_AT, CHANNEL_BYTES, 'a channel')
  return channel
}

/** Exchanges by their digit in a header: Tokyo, Nagoya, Fukuoka, Sapporo. */
const EXCHANGES: ReadonlyMap<number, string> = new Map([
  [1, 'T'],
  [3, 'N'],
  [6, 'F'],
  [8, 'S'],
])

/**
 * The letter by which Japanese APIs name the message's exchange: T, N, F or S.
 * @throws FlexError
 */
export function exchangeOf(bytes: Uint8Array, at: number): string {
  const exchange = EXCHANGES.get(readDigit(bytes, at + EXCHANGE_AT))
  return exchange ?? refuse(bytes, at + EXCHANGE_AT, 1, 'exchange 1, 3, 6 or 8')
}

const TOKYO = 0x31

/**
 * Whether the message tells of Tokyo. The same issue may be listed elsewhere too, with a board of its own.
 * @throws FlexError where no exchange is named.
 */
export function isTokyo(bytes: Uint8Array, at: number): boolean {
  return bytes[at + EXCHANGE_AT] === TOKYO || exchangeOf(bytes, at) === 'T'
}

/** Issues by the bytes of their code, so that a code seen before makes no text. */
export interface IssueIndex<T> {
  /** @throws FlexError when no issue code stands there. */
  of(bytes: Uint8Array, at: number): T
  /** The same by its code. */
  named(issue: string): T
  values(): Iterable<T>
}

/** Codes have at most five characters, each worth one of 64: key and map stay in small integers. */
const CODE_CHARACTERS = 5
const CODE_AT = ISSUE_AT + ISSUE_BYTES - CODE_CHARACTERS

export function createIssueIndex<T>(create: (issue: string) => T): IssueIndex<T> {
  const known = new Map<number, T>()

  const add = (bytes: Uint8Array, at: number, key: number): T => {
    const field = Buffer.from(bytes.subarray(at + ISSUE_AT, at + ISSUE_AT + ISSUE_BYTES + 1)).toString(
      'latin1',
    )
    const issue = field.trim()
    if (!isIssueCode(issue) || field !== `${issue.padStart(ISSUE_BYTES)} `) {
      refuse(bytes, at + ISSUE_AT, ISSUE_BYTES + 1, 'an issue code, right-aligned before one blank')
    }
    const value = create(issue)
    known.set(key, value)
    return value
  }

  const hasCleanPadding = (bytes: Uint8Array, at: number): boolean => {
    for (let i = at + ISSUE_AT; i < at + CODE_AT; i++) if (bytes[i] !== BLANK) return false
    return bytes[at + ISSUE_AT + ISSUE_BYTES] === BLANK
  }

  return {
    of(bytes, at) {
      let key = 0
      for (let i = at + CODE_AT; i < at + CODE_AT + CODE_CHARACTERS; i++) {
        const character = bytes[i]! - BLANK
        // Beyond a blank to "_", the field is no code and must not be taken for one.
        if (character < 0 || character > 63) return add(bytes, at, key)
        key = (key << 6) | character
      }
      const value = known.get(key)
      return value !== undefined && hasCleanPadding(bytes, at) ? value : add(bytes, at, key)
    },
    named(issue) {
      let key = 0
      for (const character of issue.padStart(CODE_CHARACTERS))
        key = (key << 6) | (character.charCodeAt(0) - BLANK)
      let value = known.get(key)
      if (value === undefined) {
        value = create(issue)
        known.set(key, value)
      }
      return value
    },
    values: () => known.values(),
  }
}
