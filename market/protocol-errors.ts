/**
 * The errors of the WebSocket protocol: code, number and sentence of each. Apps decide by the code or the number. A number never
 * changes and is never used again. 1xxx: the message; 2xxx: its issues; 3xxx: the connection; 4xxx: the token and its user.
 */

/** An error of the protocol, as docs/protocol.md lists it. */
export interface ProtocolError {
  /** Never changes, and is never used again. */
  readonly number: number
  /** What is wrong, in one sentence. The text of a message adds what was expected and what came. */
  readonly sentence: string
}

/** The number and the sentence of each code. */
export const PROTOCOL_ERRORS = {
  'not-json': { number: 1001, sentence: 'The message is not JSON.' },
  'bad-message': { number: 1002, sentence: 'The message does not have the form of an action.' },
  'too-many-messages': { number: 1003, sentence: 'The connection sends messages too fast.' },
  'unknown-issue': { number: 2001, sentence: 'Issues of the request have neither a listing nor a board.' },
  'too-many-issues': { number: 2002, sentence: 'The connection would have too many issues.' },
  'not-subscribed': { number: 2003, sentence: 'The connection is not subscribed to the issue.' },
  'not-connected': { number: 3001, sentence: 'The server does not know the connection.' },
  'bad-parameter': { number: 3002, sentence: 'A parameter of the address has a wrong value.' },
  'too-many-connections': { number: 3003, sentence: 'The user has too many open connections.' },
  'direct-request': {
    number: 3004,
    sentence: 'The connection does not come through the public address of the service.',
  },
  'bad-token': {
    number: 4001,
    sentence: 'The token is missing, or it is no valid access token for this service.',
  },
  'token-expired': { number: 4002, sentence: 'The access token has expired.' },
  'missing-scope': { number: 4003, sentence: 'The access token lacks the scope for real-time data.' },
  'other-user': { number: 4004, sentence: 'The access token belongs to another user than the connection.' },
  'access-ended': { number: 4005, sentence: 'An operator has ended the access of the user.' },
} as const satisfies Readonly<Record<string, ProtocolError>>

/** Codes of errors. Apps decide by the code; the text of the message may change. */
export type ErrorCode = keyof typeof PROTOCOL_ERRORS
