/** Reads the messages of apps. */
import * as v from 'valibot'
import { parseIssueCode } from '../../market/issue-code.ts'
import {
  type ClientMessage,
  type ErrorCode,
  type IssueAction,
  MAX_ISSUES_PER_CONNECTION,
  type MessageId,
} from '../../market/protocol.ts'

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

const MAX_ID_LENGTH = 100
const id = v.optional(v.union([v.pipe(v.string(), v.maxLength(MAX_ID_LENGTH)), v.number()]))

const issueCode = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return parseIssueCode(dataset.value)
    } catch (error) {
      addIssue({ message: error instanceof Error ? error.message : String(error) })
      return NEVER
    }
  }),
)
const issues = v.pipe(
  v.array(issueCode),
  v.minLength(1, 'expected at least one issue, got none'),
  v.maxLength(
    MAX_ISSUES_PER_CONNECTION,
    ({ requirement, received }) => `expected at most ${requirement} issues, got ${received}`,
  ),
  v.transform(codes => [...new Set(codes)]),
)
const onIssues = <Action extends IssueAction>(action: Action) =>
  v.object({ action: v.literal(action), issues, id })

/** A schema for each action. An action of the protocol without a schema does not compile. */
const SCHEMAS = {
  subscribe: onIssues('subscribe'),
  unsubscribe: onIssues('unsubscribe'),
  snapshot: onIssues('snapshot'),
  ping: v.object({ action: v.literal('ping'), id }),
} satisfies Readonly<Record<ClientMessage['action'], v.GenericSchema<unknown, ClientMessage>>>

const messageSchema = v.variant('action', Object.values(SCHEMAS))

/** @throws MessageError if the text is not a valid message. */
export function readMessage(text: string | undefined): ClientMessage {
  let json: unknown
  try {
    json = JSON.parse(text ?? '')
  } catch (error) {
    throw new MessageError('not-json', `expected a JSON object, got text that is not JSON: ${error}`)
  }
  const result = v.safeParse(messageSchema, json)
  if (result.success) {
    const { id, ...message } = result.output
    return id === undefined ? message : { ...message, id }
  }
  const problems = result.issues.map(issue => {
    const path = v.getDotPath(issue)
    return path === null ? issue.message : `${path}: ${issue.message}`
  })
  throw new MessageError('bad-message', problems.join('; '), idOf(json))
}

/** Returns the id of an invalid message, for the error that answers it. */
function idOf(json: unknown): MessageId | undefined {
  const result = v.safeParse(v.object({ id }), json)
  return result.success ? result.output.id : undefined
}
