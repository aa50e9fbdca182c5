/** Settings: environment variables that a program reads when it starts, checked against a schema. */
import * as v from 'valibot'
import { type Clock, parseClock } from '../market/clock.ts'
import { FASTEST_PACE_MS, SLOWEST_PACE_MS } from '../market/protocol.ts'

/** A text that is not empty. */
export const requiredText = v.pipe(
  v.string('expected a value, got none'),
  v.minLength(1, 'expected a value, got ""'),
)

/** ARN of the secret whose value CloudFront adds to requests. Empty: there is no CloudFront in front of the APIs. */
export const edgeSecret = v.optional(v.string(), '')

/** A whole number from `low` to `high`. */
export const wholeNumber = (low: number, high: number) =>
  v.pipe(
    v.string('expected a whole number, got none'),
    v.check(
      text => /^\d+$/.test(text) && Number(text) >= low && Number(text) <= high,
      issue => `expected a whole number from ${low} to ${high}, got "${issue.input}"`,
    ),
    v.transform(Number),
  )

/** The market's clock, as {@link parseClock} reads it. */
export const marketClock = v.pipe(
  v.string('expected a market clock, got none'),
  v.rawTransform<string, Clock>(({ dataset, addIssue, NEVER }) => {
    try {
      return parseClock(dataset.value)
    } catch (error) {
      addIssue({ message: error instanceof Error ? error.message : String(error) })
      return NEVER
    }
  }),
)

/** The market clock of every deployment. Another clock would move the cut of delayed prices, so no parameter can set it. */
export const SYSTEM_CLOCK = 'system'

/** Settings of every function. */
export const COMMON_SETTINGS = { MARKET_CLOCK: v.optional(marketClock, SYSTEM_CLOCK) }

/** Days for which ticks are kept: up to ten years. */
export const keepDays = wholeNumber(1, 3_653)
/** Seconds of real time in which a tick is usually stored: up to an hour. */
export const storeSeconds = wholeNumber(0, 3_600)

/** Most lanes of a line: a lane's number is one byte of an envelope, and far fewer are enough. */
const MAX_LANES = 64
/** Lanes of a line. */
export const laneCount = wholeNumber(1, MAX_LANES)

/** A room takes about 1,000 connections, and the posts of one account do not serve a million. */
const MAX_ROOMS = 1_000
export const roomCount = wholeNumber(1, MAX_ROOMS)

/** A pace of connections, ms. */
export const paceMillis = wholeNumber(FASTEST_PACE_MS, SLOWEST_PACE_MS)

/** Names of scopes with a space between them, as in the claim `scope` (RFC 6749, 3.3). An empty text has none. */
export const scopeNames = v.pipe(
  v.string('expected names of scopes, got none'),
  v.transform((text): readonly string[] => text.split(' ').filter(name => name !== '')),
)

/** Connections that a user may have at the same time. A hand-over to a new connection needs two for a moment. */
export const LEAST_CONNECTIONS_A_USER = 2
export const MOST_CONNECTIONS_A_USER = 100
export const connectionsAUser = wholeNumber(LEAST_CONNECTIONS_A_USER, MOST_CONNECTIONS_A_USER)

/** The posts that an account allows a second can be raised (API Gateway quotas), but not to more than this. */
const MAX_POSTS_PER_SECOND = 1_000_000
export const postsPerSecond = wholeNumber(1, MAX_POSTS_PER_SECOND)

/** Shards of the stream: as many as UpdateShardCount allows without a raised quota in Tokyo, 500 (Kinesis quotas). */
const MAX_SHARDS = 500
export const shardCount = wholeNumber(1, MAX_SHARDS)

/** The environment of a program with these settings: exactly these variables. */
export type EnvironmentOf<Settings extends v.ObjectEntries> = { readonly [Name in keyof Settings]: string }

/** The values that {@link readSettings} returns for a schema. */
export type SettingsOf<Settings extends v.ObjectEntries> = v.InferOutput<v.ObjectSchema<Settings, undefined>>

/** The settings cannot be used. The message lists every problem, one a line. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/**
 * Reads settings from `environment`; other variables are ignored.
 * @throws SettingsError with all problems at once.
 */
export function readSettings<const Settings extends v.ObjectEntries>(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): SettingsOf<Settings> {
  const present = Object.fromEntries(Object.keys(settings).map(key => [key, environment[key]]))
  const result = v.safeParse(v.object(settings), present)
  if (result.success) return result.output
  throw new SettingsError(
    result.issues.map(issue => `${v.getDotPath(issue) ?? 'settings'}: ${issue.message}`).join('\n'),
  )
}
