/**
 * Reads the messages of the server. The client relies on these checks: a message of another shape would end in an
 * exception between two steps, and leave the boards half changed.
 */
import { momentFromIso } from '../market/moment.ts'
import type { AppEvent, ServerMessage, Update } from '../market/protocol.ts'
import { plainUpdate } from '../market/quote-row.ts'

/** The most levels of a side. A board has ten; a wrong index must not fill the memory. */
const MAX_LEVELS = 100

type UpdatesMessage = Extract<ServerMessage, { type: 'updates' }>
/** A message whose rows are read as differences. */
export type ReadMessage =
  | Exclude<ServerMessage, UpdatesMessage>
  | (Omit<UpdatesMessage, 'updates'> & { readonly updates: readonly Update[] })

type Json = Readonly<Record<string, unknown>>
type Check = (value: unknown) => boolean

/** The message cannot be read. */
export type Unreadable = 'unreadable'
/** The message has a type that this version of the client does not know. It has no effect. */
export type Unknown = 'unknown'

/** Returns the message of a text. Text without a type is an error of the gateway, and unreadable. */
export function readServerMessage(text: string): ReadMessage | Unreadable | Unknown {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return 'unreadable'
  }
  if (!isObject(message) || !isText(message.type)) return 'unreadable'
  if (!Object.hasOwn(CHECKS, message.type)) return 'unknown'
  if (!CHECKS[message.type as ServerMessage['type']](message)) return 'unreadable'
  return withoutRows(message as unknown as ServerMessage)
}

function withoutRows(message: ServerMessage): ReadMessage {
  if (message.type !== 'updates') return message
  return { ...message, updates: message.updates.map(plainUpdate) }
}

const EVENT_CHECKS: Readonly<Record<AppEvent['type'], (event: Json) => boolean>> = {
  phase: ({ time, phase }) => isText(time) && isText(phase),
  line: ({ line, state, since }) => isNumber(line) && isText(state) && isText(since),
  news: ({ time, headline, issues }) => isText(time) && isText(headline) && isListOf(isText)(issues),
  issues: ({ line, date, count }) => isNumber(line) && isText(date) && isNumber(count),
  time: ({ time }) => isText(time),
  reconnect: ({ within }) => isNumber(within),
}

const CHECKS: Readonly<Record<ServerMessage['type'], (message: Json) => boolean>> = {
  updates: ({ updates, events, missed, stretch }) =>
    isListOf(each => isUpdate(each) || isRow(each))(updates) &&
    isOptional(isListOf(isEvent))(events) &&
    isOptional(isListOf(isMissed))(missed) &&
    isOptional(isNumber)(stretch),
  subscribed: ({ issues, view, trades, pace, basePrices = {}, tokenExpires, status, boards }) =>
    isListOf(isText)(issues) &&
    isText(view) &&
    typeof trades === 'boolean' &&
    isNumber(pace) &&
    isObject(basePrices) &&
    Object.values(basePrices).every(isNumber) &&
    isOptional(isText)(tokenExpires) &&
    isListOf(isEvent)(status) &&
    isListOf(isBoard)(boards),
  snapshot: ({ boards }) => isListOf(isBoard)(boards),
  pace: ({ pace }) => isNumber(pace),
  unsubscribed: ({ issues }) => isListOf(isText)(issues),
  pong: () => true,
  token: ({ expires }) => isText(expires),
  error: isError,
  end: isError,
}

/** A server of an older release has no numbers. */
function isError({ code, number, message }: Json): boolean {
  return isText(code) && isOptional(isNumber)(number) && isText(message)
}

/** Whether a value is an event: of a known shape, or of a type that this version does not know. */
function isEvent(value: unknown): value is AppEvent {
  if (!isObject(value) || !isText(value.type)) return false
  return !Object.hasOwn(EVENT_CHECKS, value.type) || EVENT_CHECKS[value.type as AppEvent['type']](value)
}

function isUpdate(value: unknown): boolean {
  if (!isObject(value) || !hasTrades(value)) return false
  if ('board' in value) {
    return isBoard(value.board) && isOptional(isNumber)(value.traded)
  }
  const { issue, follows, sequence, time, changes } = value
  return isText(issue) && isNumber(follows) && isNumber(sequence) && isMicros(time) && isChanges(changes)
}

/** Whether a value is a difference of the view `quote`. */
function isRow(value: unknown): boolean {
  if (!Array.isArray(value)) return false
  const [issue, follows, sequence, time, ask = 0, bid = 0, last = 0, rest = {}] = value as unknown[]
  return (
    isText(issue) &&
    isNumber(follows) &&
    isNumber(sequence) &&
    isMicros(time) &&
    (ask === 0 || isLevel(ask)) &&
    (bid === 0 || isLevel(bid)) &&
    (last === 0 || isLast(last)) &&
    isObject(rest) &&
    hasTrades(rest) &&
    isOptional(isChanges)(rest.changes)
  )
}

/** Whether a value has the trades that an app has missed. */
function isMissed(value: unknown): boolean {
  if (!isObject(value)) return false
  const { issue, date, follows, sequence, time, trades } = value
  return (
    isText(issue) &&
    isText(date) &&
    isNumber(follows) &&
    isNumber(sequence) &&
    isMicros(time) &&
    isListOf(isTrade)(trades)
  )
}

/** Whether a value is the last trade and the totals of a row, with or without high and low. */
function isLast(value: unknown): boolean {
  if (!Array.isArray(value) || !value.every(isNumber)) return false
  return (value.length === 5 || value.length === 7) && isMicros(value[1])
}

/** Whether the trades of an update have their shape. */
function hasTrades({ trades, high, low }: Json): boolean {
  return isOptional(isListOf(isTrade))(trades) && isOptional(isNumber)(high) && isOptional(isNumber)(low)
}

function isChanges(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.values(value).every(isMember) &&
    isOptional(isListOf(isPatch))(value.asks) &&
    isOptional(isListOf(isPatch))(value.bids)
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
    isIsoTime(time) &&
    isListOf(isLevel)(asks) &&
    isListOf(isLevel)(bids)
  )
}

function isTrade(value: unknown): boolean {
  if (!Array.isArray(value)) return false
  const [price, quantity, side, sequence, before, averagePrice, turnover] = value as unknown[]
  return (
    isNumber(price) &&
    isNumber(quantity) &&
    (side === null || side === 'buy' || side === 'sell') &&
    isNumber(sequence) &&
    isMicros(before) &&
    isOptional(isNumber)(averagePrice) &&
    isOptional(isNumber)(turnover)
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
