/** Configuration of an ingest task, from its environment, checked as a whole before anything starts. */
import { X509Certificate } from 'node:crypto'
import * as v from 'valibot'
import {
  laneCount,
  marketClock,
  readSettings,
  requiredText,
  SettingsError,
  wholeNumber,
} from '../contract/settings.ts'
import type { Clock } from '../market/clock.ts'
import { LINES } from '../market/lane.ts'

const MAX_PORT = 65_535

/** A certificate in PEM (RFC 7468). Its line breaks may have become spaces, as in a field of one line. */
const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g

/** Certificates in PEM, any number of them. */
const certificates = v.pipe(
  v.string(),
  v.rawTransform<string, readonly string[]>(({ dataset, addIssue, NEVER }) => {
    try {
      if (dataset.value.replaceAll(PEM, '').trim() !== '') throw new Error('there is other text')
      return [...dataset.value.matchAll(PEM)].map(([, base64 = '']) =>
        new X509Certificate(Buffer.from(base64, 'base64')).toString(),
      )
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error)
      addIssue({ message: `expected nothing or certificates in PEM, got an error: ${fault}` })
      return NEVER
    }
  }),
)

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
  LINE_TLS: v.optional(
    v.picklist(['off', 'on'], issue => `expected "off" or "on", got "${issue.input}"`),
    'off',
  ),
  LINE_CA: v.optional(certificates, ''),
  LINE_USER: requiredText,
  LINE_PASSWORD: requiredText,
  STREAM_NAME: requiredText,
  LANES: laneCount,
  CONTROL_TABLE: requiredText,
  HEALTH_FILE: requiredText,
  MARKET_CLOCK: marketClock,
}

export interface LineTls {
  /** Certificates of CAs in PEM, in place of the public CAs of Node. */
  readonly ca?: readonly string[]
}

export interface Address {
  readonly host: string
  readonly port: number
  /** Absent: plain TCP. */
  readonly tls?: LineTls
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
  const { LINE_TLS, LINE_CA } = output
  // Somebody who gives a CA expects TLS: the password must not go out without it.
  if (LINE_TLS === 'off' && LINE_CA.length > 0) {
    throw new SettingsError('LINE_CA: expected nothing while LINE_TLS is "off", got certificates')
  }
  const address = {
    host: output.LINE_HOST,
    port: output.LINE_PORT,
    ...(LINE_TLS === 'off' ? {} : { tls: LINE_CA.length > 0 ? { ca: LINE_CA } : {} }),
  }
  return {
    line: output.LINE_NUMBER,
    addresses: [
      address,
      // What is empty of B's address is as A has it.
      {
        ...address,
        host: output.LINE_HOST_B || address.host,
        port: output.LINE_PORT_B || address.port,
      },
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
