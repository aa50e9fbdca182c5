/** What the command lines of local runs have in common. */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { isTradingDate } from '../market/calendar.ts'
import { asTradingDate, type TradingDate } from '../market/units.ts'

/** Ports one run needs, from the first on: page, WebSocket, REST, token issuer. */
export const PORT_COUNT = 4
/** Market seconds in a real one, at least and at most. */
const SPEEDS = [0.1, 60] as const

/** The day has messages from order acceptance to a while after the close. */
const DAY_START_SECONDS = 8 * 3600
const DAY_END_SECONDS = 16 * 3600

/** Something in the command line cannot be used. The message lists every problem. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError'
}

/** @throws OptionsError for what is not in `config`. */
export function readValues<const Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>>['values'] {
  try {
    return parseArgs(config).values
  } catch (error) {
    throw new OptionsError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

/** The text of a number between two others; a problem, where it is none. */
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

/** Seconds of the day that `HH:MM` or `HH:MM:SS` says; undefined where messages never come, or it is none. */
export function readTimeOfDay(text: string): number | undefined {
  const match = /^(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(text)
  if (match === null) return undefined
  const [, hours, minutes, seconds = '0'] = match
  if (Number(minutes) >= 60 || Number(seconds) >= 60) return undefined
  const time = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  return time >= DAY_START_SECONDS && time <= DAY_END_SECONDS ? time : undefined
}

/** YYYYMMDD that `YYYY-MM-DD` says; undefined where that is no date on which the Tokyo exchange trades. */
export function readTradingDate(text: string): TradingDate | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const date = asTradingDate(Number(text.replaceAll('-', '')))
  try {
    return isTradingDate(date) ? date : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
