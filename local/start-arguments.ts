/** Options that the command lines of local runs share. */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { RULES } from '../market/calendar/calendar.ts'
import { asTradingDate, type Seconds, type TradingDate } from '../market/units.ts'

/** Neighbouring ports that a run needs: page, WebSocket, REST, token issuer. */
export const PORT_COUNT = 4
/** Least and most market seconds in a real second. */
const SPEEDS = [0.1, 60] as const

/** The command line cannot be used. The message lists every problem. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError'
}

/** Reads the command line. @throws OptionsError for an option that `config` does not declare. */
export function readValues<const Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>>['values'] {
  try {
    return parseArgs(config).values
  } catch (error) {
    // The first sentence names the option. The others explain how to write positional arguments.
    const [sentence = ''] = String((error as Error).message).split(/[.\n]/)
    throw new OptionsError(sentence, { cause: error })
  }
}

/** Reads a number within limits. Adds a problem if the text is not such a number. */
export function readNumber(
  name: string,
  text: string,
  [low, high]: readonly [number, number],
  problems: string[],
  whole = true,
): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= low && value <= high) || (whole && !Number.isInteger(value))) {
    problems.push(
      `--${name}: expected a ${whole ? 'whole ' : ''}number from ${low} to ${high}, got "${text}"`,
    )
  }
  return value
}

export function readSpeed(text: string, problems: string[]): number {
  return readNumber('speed', text, SPEEDS, problems, false)
}

export function readPort(text: string, problems: string[]): number {
  return readNumber('port', text, [1, 65_536 - PORT_COUNT], problems)
}

/**
 * Reads `HH:MM` or `HH:MM:SS` as seconds of the day. Returns undefined for other text and for a time outside of `hours`.
 * @param hours the first and the last full hour that are accepted.
 */
export function readTimeOfDay(text: string, [first, last]: readonly [number, number]): Seconds | undefined {
  const match = /^(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(text)
  if (match === null) return undefined
  const [, hours, minutes, seconds = '0'] = match
  if (Number(minutes) >= 60 || Number(seconds) >= 60) return undefined
  const time = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  return time >= first * 3600 && time <= last * 3600 ? time : undefined
}

/** Reads `YYYY-MM-DD` as YYYYMMDD. Returns undefined for other text, and for a date without trading in Tokyo. */
export function readTradingDate(text: string): TradingDate | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const date = asTradingDate(Number(text.replaceAll('-', '')))
  try {
    return RULES.isTradingDate(date) ? date : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
