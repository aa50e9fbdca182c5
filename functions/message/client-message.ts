/** Reads the messages of apps. */
import * as v from 'valibot'
import {
  type ClientMessage,
  MAX_BOARDS_PER_CONNECTION,
  MAX_ID_LENGTH,
  MAX_QUOTES_PER_CONNECTION,
  MAX_TOKEN_LENGTH,
  type MessageId,
  type RequestedView,
} from '../../market/protocol.ts'
import type { ErrorCode } from '../../market/protocol-errors.ts'
import { isOfIssues, issues, since, strangersOf } from './issue-schemas.ts'

/** A message that is not valid. The app that sent it gets `code` and `message`. */
export class MessageError extends Error {
  override readonly name = 'MessageError'
  readonly code: ErrorCode
  readonly id: MessageId | undefined

  constructor(code: ErrorCode, message: string, id?: MessageId) {
    super(message)
    this.code = code
    this.id = id
  }
}

const id = v.optional(
  v.union([v.pipe(v.string(), v.maxLength(MAX_ID_LENGTH)), v.pipe(v.number(), v.finite())]),
)
/** The most characters of a problem. A problem repeats what the app has sent. */
const MAX_PROBLEM_LENGTH = 200

const MOST_ISSUES = {
  board: MAX_BOARDS_PER_CONNECTION,
  quote: MAX_QUOTES_PER_CONNECTION,
} satisfies Record<RequestedView, number>

const subscribe = v.pipe(
  v.object({
    action: v.literal('subscribe'),
    issues,
    view: v.optional(v.picklist(Object.keys(MOST_ISSUES) as RequestedView[])),
    trades: v.optional(v.boolean()),
    since: v.optional(since),
    id,
  }),
  v.check(
    ({ view, trades }) => trades === undefined || view === 'quote',
    'trades: expected only with "view":"quote"',
  ),
  v.check(
    ({ view = 'board', issues }) => issues.length <= MOST_ISSUES[view],
    ({ input: { view = 'board', issues } }) =>
      `issues: expected at most ${MOST_ISSUES[view]} issues, got ${issues.length}`,
  ),
  v.check(
    ({ since, view, trades }) => since === undefined || view !== 'quote' || trades === true,
    'since: expected only for a subscription with trades',
  ),
  v.check(
    message => isOfIssues(message),
    ({ input }) => strangersOf(input),
  ),
)

/** A schema for each action. An action of the protocol without a schema does not compile. */
const SCHEMAS = {
  subscribe,
  unsubscribe: v.object({ action: v.literal('unsubscribe'), issues, id }),
  snapshot: v.pipe(
    v.object({ action: v.literal('snapshot'), issues, since: v.optional(since), id }),
    v.check(
      message => isOfIssues(message),
      ({ input }) => strangersOf(input),
    ),
  ),
  pace: v.object({ action: v.literal('pace'), pace: v.pipe(v.number(), v.integer()), id }),
  ping: v.object({ action: v.literal('ping'), id }),
  token: v.object({
    action: v.literal('token'),
    // The texts of the errors repeat no part of a token.
    token: v.pipe(
      v.string('expected the text of an access token'),
      v.minLength(1, 'expected an access token, got none'),
      v.maxLength(MAX_TOKEN_LENGTH, ({ requirement }) => `expected at most ${requirement} characters`),
    ),
    id,
  }),
} satisfies Readonly<Record<ClientMessage['action'], v.GenericSchema<unknown, ClientMessage>>>

const messageSchema = v.variant('action', Object.values(SCHEMAS))

/** @throws MessageError if the text is not a valid message. */
export function readMessage(text: string | undefined): ClientMessage {
  let json: unknown
  try {
    json = JSON.parse(text ?? '')
  } catch (error) {
    throw new MessageError(
      'not-json',
      `expected a JSON object, got text that is not JSON: ${cut(String(error))}`,
    )
  }
  // The first problem is enough: the work must not grow with the number of problems.
  const result = v.safeParse(messageSchema, json, { abortEarly: true })
  if (result.success) {
    const { id, ...message } = result.output
    return id === undefined ? message : { ...message, id }
  }
  const [problem] = result.issues
  const path = v.getDotPath(problem)
  const description = path === null ? problem.message : `${path}: ${problem.message}`
  throw new MessageError('bad-message', cut(description), idOf(json))
}

function cut(text: string): string {
  return text.length <= MAX_PROBLEM_LENGTH ? text : `${text.slice(0, MAX_PROBLEM_LENGTH)}…`
}

/** Returns the id of an invalid message, for the error that answers it. */
function idOf(json: unknown): MessageId | undefined {
  const result = v.safeParse(v.object({ id }), json)
  return result.success ? result.output.id : undefined
}
