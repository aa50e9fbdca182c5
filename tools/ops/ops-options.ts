/** The command line of `npm run ops`. */
import { momentFromIso, momentToIso } from '../../market/moment.ts'
import type { EpochMicros } from '../../market/units.ts'
import { HOLD_MODES, type HoldMode } from '../../tables/control/hold-item.ts'
import { readArguments, UsageError } from '../tool-arguments.ts'

/** A hold that is forgotten costs at most a day of tasks, or a day without prices. */
const LONGEST_HOLD_HOURS = 24
const HOUR_MICROSECONDS = 3_600_000_000
/** Characters of a reason, which logs and the status show in one line. */
const LONGEST_REASON = 200

export const HELP = `Shows and steers a running itastream: on this machine, or on AWS.

Usage: npm run -s ops -- COMMAND [options]

Commands:
  status                     the plan of market-hours next to what is true, a line a resource, with the market time, the
                             phase, the level, the hold, the next change, and the task of each line that publishes
  hold open --until T        the market counts as open until T, whatever the calendar says: nothing shrinks or stops
  hold closed --until T      the market counts as closed until T: tasks stop, unless ticks flow or a line is open
  release                    ends the hold
  calendar show              prints the exceptions of the calendar (closures, shortened days, changed hours) and their version
  calendar check FILE        checks a file of exceptions against the stored ones, and changes nothing
  calendar set FILE          replaces the exceptions. All functions follow within a minute

Options:
  --until T        Tokyo time, at most ${LONGEST_HOLD_HOURS} hours from now: 17:00, or 2026-11-20T17:00
  --reason TEXT    why the hold is needed; status and the log of market-hours show it
  --json           status: one line of JSON
  --stack NAME     the stack on AWS, with the credentials and the region of the AWS SDK (AWS_PROFILE, AWS_REGION, …).
                   Default: the system that npm start runs on this machine, the newest of several
  --system FILE    the system of this file: npm start writes .build/systems/PROCESS.json
  --help           this text

Exit code: 0; status: 1 if a resource differs from the plan after its grace, or if the last run of market-hours failed
or is overdue; 2 for a bad command line, and for a system that cannot be reached.

docs/operations.md#ops explains the table and lists the rights on AWS.
`

/** Where the system runs. Without a name it is the newest system on this machine. */
export type Where = { readonly stack: string } | { readonly system: string } | 'newest'

export type Command =
  | { readonly command: 'help' }
  | { readonly command: 'status'; readonly where: Where; readonly json: boolean }
  | {
      readonly command: 'hold'
      readonly where: Where
      readonly mode: HoldMode
      /** Text of --until. Whether it is early enough depends on the clock of the system. */
      readonly until: string
      readonly reason: string
    }
  | { readonly command: 'release' | 'calendar show'; readonly where: Where }
  | { readonly command: 'calendar check' | 'calendar set'; readonly where: Where; readonly file: string }

/** Reads the command line. @throws UsageError */
export function parseCommand(args: readonly string[]): Command {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      until: { type: 'string' },
      reason: { type: 'string' },
      json: { type: 'boolean' },
      stack: { type: 'string' },
      system: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return { command: 'help' }
  const [name = '', ...rest] = positionals
  const allowed = OPTIONS_OF[name]
  if (allowed === undefined) {
    const got = name === '' ? 'no command' : `"${name}"`
    throw new UsageError(`expected ${Object.keys(OPTIONS_OF).join(', ')}, got ${got}`)
  }
  const foreign = Object.keys(values).find(option => !allowed.includes(option))
  if (foreign !== undefined) throw new UsageError(`${name}: takes no --${foreign}`)
  const where = readWhere(values)
  switch (name) {
    case 'status':
      expectNone(name, rest)
      return { command: 'status', where, json: values.json ?? false }
    case 'hold':
      return { command: 'hold', where, ...readHoldArguments(rest, values) }
    case 'calendar':
      return readCalendarCommand(rest, where)
    default:
      expectNone(name, rest)
      return { command: 'release', where }
  }
}

const OPTIONS_OF: Readonly<Record<string, readonly string[]>> = {
  status: ['json', 'stack', 'system'],
  hold: ['until', 'reason', 'stack', 'system'],
  release: ['stack', 'system'],
  calendar: ['stack', 'system'],
}

/** Reads --stack and --system. @throws UsageError if both are there. */
export function readWhere({ stack, system }: { stack?: string; system?: string }): Where {
  if (stack !== undefined && system !== undefined) {
    throw new UsageError('expected --stack or --system, got both')
  }
  if (stack !== undefined) return { stack }
  return system === undefined ? 'newest' : { system }
}

function expectNone(name: string, rest: readonly string[]): void {
  if (rest.length > 0) throw new UsageError(`${name}: expected no more arguments, got "${rest.join(' ')}"`)
}

function readHoldArguments(
  [word = '', ...rest]: readonly string[],
  { until, reason = '' }: { until?: string; reason?: string },
): { mode: HoldMode; until: string; reason: string } {
  const mode = HOLD_MODES.find(one => one === word)
  if (mode === undefined) throw new UsageError(`hold: expected ${HOLD_MODES.join(' or ')}, got "${word}"`)
  expectNone(`hold ${mode}`, rest)
  if (until === undefined) throw new UsageError(`hold ${mode}: --until is missing; a hold must end`)
  if (reason.length > LONGEST_REASON || /[\p{Cc}]/u.test(reason)) {
    throw new UsageError(`--reason: expected one line of at most ${LONGEST_REASON} characters`)
  }
  return { mode, until, reason }
}

function readCalendarCommand([word = '', ...rest]: readonly string[], where: Where): Command {
  if (word === 'show') {
    expectNone('calendar show', rest)
    return { command: 'calendar show', where }
  }
  if (word !== 'set' && word !== 'check') {
    throw new UsageError(`calendar: expected show, check or set, got "${word}"`)
  }
  const [file, ...more] = rest
  if (file === undefined) throw new UsageError(`calendar ${word}: expected a file, got none`)
  expectNone(`calendar ${word} FILE`, more)
  return { command: `calendar ${word}`, where, file }
}

/**
 * Reads the end of a hold: `HH:MM` of today in Tokyo, or `YYYY-MM-DDTHH:MM`.
 * @throws UsageError unless it is after `now` and at most {@link LONGEST_HOLD_HOURS} hours from it.
 */
export function readUntil(text: string, now: EpochMicros): EpochMicros {
  const today = momentToIso(now).slice(0, 10)
  const full = /^\d{2}:\d{2}(:\d{2})?$/.test(text) ? `${today}T${text}` : text
  const until = momentFromIso(`${full}+09:00`)
  if (until === undefined) {
    throw new UsageError(`--until: expected HH:MM or YYYY-MM-DDTHH:MM in Tokyo, got "${text}"`)
  }
  const hours = (until - now) / HOUR_MICROSECONDS
  if (hours <= 0 || hours > LONGEST_HOLD_HOURS) {
    const at = momentToIso(now).slice(0, 16)
    throw new UsageError(
      `--until: expected a time within ${LONGEST_HOLD_HOURS} hours after ${at}, the market time, got "${text}"`,
    )
  }
  return until
}
