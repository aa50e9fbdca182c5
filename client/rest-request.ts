/** Requests to the REST API, with a token and a time limit. */
import type { Millis } from '../market/units.ts'
import { withParameters } from './address.ts'

/** The longest time for a token and an answer, ms. API Gateway gives an answer up to 30 s. */
const REQUEST_TIMEOUT: Millis = 35_000

export interface RestRequest {
  /** The address of the API, for example `https://…/v1/realtime`, without a slash at its end. */
  readonly address: string
  /** The path after the address, for example `/trades/7203`. */
  readonly path: string
  readonly parameters: Readonly<Record<string, string>>
  readonly token: () => Promise<string>
}

export interface RestAnswer {
  /** The HTTP status. */
  readonly status: number
  /** The JSON of the answer or of its problem. */
  readonly body: unknown
}

/** Where the types of the API's problem documents begin (RFC 9457). */
const PROBLEM_TYPE = 'urn:itastream:problem:'

/** Returns the short type of a problem document, such as `bad-range`; undefined for another answer. */
export function problemOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('type' in body)) return undefined
  const type = String(body.type)
  return type.startsWith(PROBLEM_TYPE) ? type.slice(PROBLEM_TYPE.length) : undefined
}

/** Refusals that another request may not get: an expired token, a slow request, too many requests. */
const PASSING_STATUSES: readonly number[] = [401, 408, 429]

/** Returns whether the same request may succeed later, although it was refused with this status. */
export function isPassing(status: number): boolean {
  return status >= 500 || PASSING_STATUSES.includes(status)
}

/** Sends a request. @throws Error without a token, without an answer, and for an answer that is no JSON. */
export async function requestJson({ address, path, parameters, token }: RestRequest): Promise<RestAnswer> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), REQUEST_TIMEOUT)
  try {
    const authorization = `Bearer ${await token()}`
    const url =
      Object.keys(parameters).length === 0 ? address + path : withParameters(address + path, parameters)
    const answer = await fetch(url, { headers: { authorization }, signal: controller.signal })
    return { status: answer.status, body: await answer.json() }
  } finally {
    clearTimeout(timer)
  }
}
