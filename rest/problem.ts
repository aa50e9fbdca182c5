/** Errors of the REST API as RFC 9457 problem documents. */

/** Status and title of every problem by its code. A program goes by the code, the end of the document's `type`. */
export const PROBLEMS = {
  'bad-issue': [400, 'Invalid issue code'],
  'bad-time': [400, 'Invalid time'],
  'future-time': [400, 'Time is in the future'],
  'too-recent': [400, 'Time is too recent'],
  'bad-range': [400, 'Range ends before it starts'],
  'range-too-long': [400, 'Range is too long'],
  'too-many-issues': [400, 'Too many issues'],
  'bad-parameter': [400, 'Invalid parameter'],
  'unknown-issue': [404, 'Unknown issue'],
  'unknown-route': [404, 'Unknown route'],
  failed: [500, 'Internal error'],
} as const satisfies Record<string, readonly [status: number, title: string]>

export type ProblemCode = keyof typeof PROBLEMS

/** A request that is answered with a problem document. The message is the document's `detail`. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  /** More members of the document. */
  readonly members: Readonly<Record<string, unknown>>

  constructor(code: ProblemCode, detail: string, members: Readonly<Record<string, unknown>> = {}) {
    super(detail)
    this.code = code
    this.members = members
  }
}

/** Returns the `type` of a problem document. */
export function problemType(code: ProblemCode): string {
  return `urn:itastream:problem:${code}`
}
