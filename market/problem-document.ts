/** The error answers of the REST API: problem documents (RFC 9457). */

/** Status and title of every problem by its code. The `type` of a document ends with the code; apps decide by it. */
export const PROBLEMS = {
  'bad-issue': [400, 'Invalid issue code'],
  'bad-time': [400, 'Invalid time'],
  'future-time': [400, 'Time is in the future'],
  'too-recent': [400, 'Time is too recent'],
  'bad-range': [400, 'Range ends before it starts'],
  'range-too-long': [400, 'Range is too long'],
  'too-many-issues': [400, 'Too many issues'],
  'bad-parameter': [400, 'Invalid parameter'],
  'no-access-token': [403, 'Not an access token'],
  'access-ended': [403, 'Access has ended'],
  'direct-request': [403, 'Not through the public address'],
  'unknown-issue': [404, 'Unknown issue'],
  'unknown-route': [404, 'Unknown route'],
  failed: [500, 'Internal error'],
} as const satisfies Record<string, readonly [status: number, title: string]>

export type ProblemCode = keyof typeof PROBLEMS

export interface ProblemDocument {
  readonly type: ReturnType<typeof problemType>
  readonly title: string
  readonly status: number
  /** What was expected and what was found. */
  readonly detail?: string
}

/** Returns the `type` of a problem document. */
export function problemType<Code extends ProblemCode>(code: Code): `urn:itastream:problem:${Code}` {
  return `urn:itastream:problem:${code}`
}
