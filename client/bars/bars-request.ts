/** Requests to the REST API with the app's token. */
import { isPassing, problemOf, requestJson } from '../rest-request.ts'
import type { GetJson } from './bars-history.ts'

/** A request that cannot succeed later. */
export class HistoryRefused extends Error {
  override readonly name = 'HistoryRefused'
  /** The type of the problem document, such as `unknown-issue`; else the status of the answer. */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * The end of a range is refused by an environment that has read the watermarks earlier, and its start while the stored ticks are
 * behind the live ones.
 */
const PASSING_TYPES: readonly string[] = ['too-recent', 'bad-range']

/** Returns the JSON of an address below the REST API. @throws HistoryRefused, or another error if it may pass. */
export function createGetJson(token: () => Promise<string>): GetJson {
  return async address => {
    const { status, body } = await requestJson({ address, path: '', parameters: {}, token })
    if (status === 200) return body
    throw refusalOf(status, body as Problem | null)
  }
}

/** The members of a problem document. A gateway's own errors have none of them. */
interface Problem {
  readonly detail?: unknown
}

function refusalOf(status: number, problem: Problem | null): Error {
  const type = problemOf(problem)
  const reason = type === undefined ? '' : `, ${type}: ${String(problem?.detail)}`
  const message = `expected an answer with status 200, got ${status}${reason}`
  const passes = isPassing(status) || (type !== undefined && PASSING_TYPES.includes(type))
  return passes ? new Error(message) : new HistoryRefused(type ?? String(status), message)
}
