/** Settings of a function, from its environment, checked when it starts. */
import * as v from 'valibot'

/** A name that must not be blank. */
export const name = v.pipe(v.string('expected a value, got none'), v.minLength(1, 'expected a value, got ""'))

/** A whole number from `low` to `high`. */
export const whole = (low: number, high: number) =>
  v.pipe(
    v.string('expected a whole number, got none'),
    v.check(
      text => /^\d+$/.test(text) && Number(text) >= low && Number(text) <= high,
      issue => `expected a whole number from ${low} to ${high}, got "${issue.input}"`,
    ),
    v.transform(Number),
  )

/** Days for which ticks are kept: up to ten years. */
export const keepDays = whole(1, 3_653)
/** Seconds of real time until a tick is stored for certain: up to an hour. */
export const storeSeconds = whole(0, 3_600)

/** A room takes about 1,000 connections; a million are more than an account's posts can serve. */
const MAX_ROOMS = 1_000
export const roomCount = whole(1, MAX_ROOMS)

/** The settings of a function cannot be used. The message lists every problem. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/**
 * Reads settings from `environment`.
 * @throws SettingsError with all problems at once.
 */
export function readSettings<const T extends v.ObjectEntries>(
  entries: T,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): v.InferOutput<v.ObjectSchema<T, undefined>> {
  const present = Object.fromEntries(Object.keys(entries).map(key => [key, environment[key]]))
  const result = v.safeParse(v.object(entries), present)
  if (result.success) return result.output
  throw new SettingsError(
    result.issues.map(issue => `${v.getDotPath(issue) ?? 'settings'}: ${issue.message}`).join('\n'),
  )
}
