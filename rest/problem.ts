/** Errors that a REST function answers with a problem document. */
import type { ProblemCode } from '../market/problem-document.ts'

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
