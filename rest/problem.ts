/** Errors that a REST function answers with a problem document. */
import type { ProblemCode } from '../market/problem-document.ts'

/** The most bytes of a problem document. A refusal must not cost more than an answer. */
export const PROBLEM_BYTES = 2_048

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

/** The most characters of a request that a `detail` repeats: enough to recognise every valid value. */
const QUOTED_CHARACTERS = 60

/**
 * Returns a text of a request in quotation marks, for a `detail`. A longer text is cut, so that a problem document stays
 * below {@link PROBLEM_BYTES} whatever a request contains.
 */
export function quoted(text: string): string {
  return `"${cutText(text)}"`
}

/** Returns the start of a long text, with its length. */
export function cutText(text: string): string {
  if (text.length <= QUOTED_CHARACTERS) return text
  return `${text.slice(0, QUOTED_CHARACTERS)}… (${text.length} characters)`
}
