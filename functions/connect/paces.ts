/** The paces of a new connection: the shortest that its user may have, and the one that it gets. */
import type { JWTPayload } from 'jose'
import { grantedPace } from '../../market/pace.ts'
import { DEFAULT_PACE_MS } from '../../market/protocol.ts'
import type { ErrorCode } from '../../market/protocol-errors.ts'
import type { Millis } from '../../market/units.ts'
import { Refusal } from '../../sign-in/refusal.ts'
import type { Paces } from '../../tables/connections/connections-table.ts'
import { shown } from './shown.ts'

/** The claim of an access token with the shortest pace of its user: whole milliseconds, as a number or as text. */
export const FASTEST_PACE_CLAIM = 'itastream_fastest_pace_ms'

const WHOLE_NUMBER = /^-?\d+$/

export interface PaceRequest {
  readonly claims: JWTPayload
  /** The query parameter `pace` of the connection. */
  readonly parameter: string | undefined
  /** The shortest pace (ms) of users whose tokens have no claim. */
  readonly fastest: Millis
}

/** @throws Refusal if the claim or the parameter is not a whole number. */
export function pacesOfConnect({ claims, parameter, fastest }: PaceRequest): Paces {
  const claim = claims[FASTEST_PACE_CLAIM]
  const fastestPace =
    claim === undefined
      ? fastest
      : grantedPace(wholeNumber(403, 'bad-token', `claim ${FASTEST_PACE_CLAIM}`, claim))
  const requested =
    parameter === undefined ? DEFAULT_PACE_MS : wholeNumber(400, 'bad-parameter', 'parameter pace', parameter)
  return { pace: grantedPace(requested, fastestPace), fastestPace }
}

function wholeNumber(status: Refusal['status'], code: ErrorCode, what: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value
  if (typeof value === 'string' && WHOLE_NUMBER.test(value)) return Number(value)
  throw new Refusal(status, code, `${what}: expected a whole number of milliseconds, got ${shown(value)}`)
}
