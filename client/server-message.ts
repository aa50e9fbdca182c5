/**
 * Reads the messages of the server. The client relies on these checks: a message of another shape would end in an
 * exception between two steps, and leave the boards half changed.
 */
import { momentFromIso } from '../market/moment.ts'
import type { AppEvent, ServerMessage, Update } from '../market/protocol.ts'

/** The most levels of a side. A board has ten; a wrong index must not fill the memory. */
const MAX_LEVELS = 100

type Json = Readonly<Record<string, unknown>>
type Check = (value: unknown) => boolean

/** The message cannot be read. */
export type Unreadable = 'unreadable'
/** The message has a type that this version of the client does not know. It has no effect. */
export type Unknown = 'unknown'

/** Returns the message of a text. Text without a type is an error of the gateway, and unreadable. */
export function readServerMessage(text: string): ServerMessage | Unreadable | Unknown {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return 'unreadable'
  }
  if (!isObject(message) || !isText(message.type)) return 'unreadable'
  if (!Object.hasOwn(CHECKS, message.type)) return 'unknown'
  if (!CHECKS[message.type as ServerMessage['type']](message)) return 'unreadable'
  return message as unknown as ServerMessage
}

const EVENT_CHECKS: Readonly<Record<AppEvent['type'], (event: Json) => boolean>> = {
  phase: ({ time, phase }) => isText(time) && isText(phase),
  line: ({ line, state, since }) => isNumber(line) && isText(state) && isText(since),
  news: ({ time, headline, issues }) => isText(time) && isText(headline) && isListOf(isText)(issues),
  issues: ({ line, date, count }) => isNumber(line) && isText(date) && isNumber(count),
}

const CHECKS: Readonly<Record<ServerMessage['type'], (message: Json) => boolean>> = {
  updates: ({ updates, events, stretch }) =>
    isListOf(isUpdate)(updates) && isOptional(isListOf(isEvent))(events) && isOptional(isNumber)(stretch),
  subscribed: ({ issues, status, boards }) =>
    isListOf(isText)(issues) && isListOf(isEvent)(status) && isListOf(isBoard)(boards),
  snapshot: ({ boards }) => isListOf(isBoard)(boards),
  pace: ({ pace }) => isNumber(pace),
  unsubscribed: ({ issues }) => isListOf(isText)(issues),
  pong: () => true,
  error: ({ code, message }) => isText(code) && isText(message),
}

/** Whether a value is an event: of a known shape, or of a type that this version does not know. */
function isEvent(value: unknown): value is AppEvent {
  if (!isObject(value) || !isText(value.type)) return false
  return !Object.hasOwn(EVENT_CHECKS, value.type) || EVENT_CHECKS[value.type as AppEvent['type']](value)
}

function isUpdate(value: unknown): value is Update {
  if (!isObject(value) || !isOptional(isListOf(isTrade))(value.trades)) return false
  if (!isOptional(isNumber)(value.high) || !isOptional(isNumber)(value.low)) return false
  if ('board' in value) return isBoard(value.board) && isIsoTime((value.board as Json).time)
  const { issue, follows, sequence, time, changes } = value
  return (
    isText(issue) &&
    isNumber(follows) &&
    isNumber(sequence) &&
    isMicros(time) &&
    isObject(changes) &&
    Object.values(changes).every(isMember) &&
    isOptional(isListOf(isPatch))(changes.asks) &&
    isOptional(isListOf(isPatch))(changes.bids)
  )
}

function isBoard(value: unknown): boolean {
  if (!isObject(value)) return false
  const { issue, date, line, sequence, time, asks, bids } = value
  return (
    isText(issue) &&
    isText(date) &&
    isNumber(line) &&
    isNumber(sequence) &&
    isText(time) &&
    isListOf(isLevel)(asks) &&
    isListOf(isLevel)(bids)
  )
}

function isTrade(value: unknown): boolean {
  if (!Array.isArray(value)) return false
  const [price, quantity, side, sequence, before, averagePrice] = value as unknown[]
  return (
    isNumber(price) &&
    isNumber(quantity) &&
    (side === null || side === 'buy' || side === 'sell') &&
    isNumber(sequence) &&
    isMicros(before) &&
    isOptional(isNumber)(averagePrice)
  )
}

/** Whether a value can be a member of a difference: a time in it is a number of microseconds. */
function isMember(value: unknown): boolean {
  return !isObject(value) || isOptional(isMicros)(value.time)
}

/** Whether a value is a time or a duration that a date can hold, in whole microseconds. */
function isMicros(value: unknown): boolean {
  return Number.isSafeInteger(value)
}

function isIsoTime(value: unknown): boolean {
  return isText(value) && momentFromIso(value) !== undefined
}

function isLevel(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 2 && value.every(isNumber))
}

function isPatch(value: unknown): boolean {
  if (!Array.isArray(value) || !value.every(isNumber)) return false
  const [index, ...level] = value as number[]
  return (
    Number.isInteger(index) &&
    index! >= 0 &&
    index! < MAX_LEVELS &&
    (level.length === 0 || level.length === 2)
  )
}

function isListOf(check: Check): Check {
  return value => Array.isArray(value) && value.every(check)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

function isOptional(check: Check): Check {
  return value => value === undefined || check(value)
}
