/** Configuration of an ingest task, from its environment, checked as a whole before anything starts. */
import * as v from 'valibot'
import { laneCount, marketClock, readSettings, requiredText, wholeNumber } from '../contract/settings.ts'
import type { Clock } from '../market/clock.ts'
import { LINES } from '../market/lane.ts'

const MAX_PORT = 65_535

/** The variables that come from the secret of the lines, and the members of its JSON. */
export const INGEST_SECRETS = { LINE_USER: 'user', LINE_PASSWORD: 'password' } as const

/** The environment of the task (cdk/ingest-service.ts). */
export const INGEST_SETTINGS = {
  LINE_NUMBER: wholeNumber(1, LINES),
  LINE_HOST: requiredText,
  LINE_PORT: wholeNumber(1, MAX_PORT),
  LINE_HOST_B: v.optional(v.string(), ''),
  LINE_PORT_B: v.optional(
    v.union(
      [v.literal(''), wholeNumber(1, MAX_PORT)],
      issue => `expected nothing or a port up to ${MAX_PORT}, got "${issue.input}"`,
    ),
    '',
  ),
  LINE_USER: requiredText,
  LINE_PASSWORD: requiredText,
  STREAM_NAME: requiredText,
  LANES: laneCount,
  CONTROL_TABLE: requiredText,
  HEALTH_FILE: requiredText,
  MARKET_CLOCK: marketClock,
}

export interface Address {
  readonly host: string
  readonly port: number
}

export interface Config {
  readonly line: number
  /** A and B: two ways to the same line. */
  readonly addresses: readonly [Address, Address]
  readonly user: string
  readonly password: string
  readonly streamName: string
  /** Lanes of this line. */
  readonly lanes: number
  /** The table with the lease of the line. */
  readonly controlTable: string
  readonly clock: Clock
  /** Path of the file for the container's health check. */
  readonly healthFile: string
}

/** @throws SettingsError with all problems at once. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const output = readSettings(INGEST_SETTINGS, environment)
  const address = { host: output.LINE_HOST, port: output.LINE_PORT }
  return {
    line: output.LINE_NUMBER,
    addresses: [
      address,
      // What is empty of B's address is as A has it.
      { host: output.LINE_HOST_B || address.host, port: output.LINE_PORT_B || address.port },
    ],
    user: output.LINE_USER,
    password: output.LINE_PASSWORD,
    streamName: output.STREAM_NAME,
    lanes: output.LANES,
    controlTable: output.CONTROL_TABLE,
    clock: output.MARKET_CLOCK,
    healthFile: output.HEALTH_FILE,
  }
}
