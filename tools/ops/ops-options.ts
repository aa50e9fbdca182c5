/** The command line of `npm run ops`. */
import type { Millis, Seconds, TradingDate } from '../../market/units.ts'
import { HOLD_MODES, type HoldMode } from '../../tables/control/hold-item.ts'
import { readArguments, UsageError } from '../tool-arguments.ts'
import { readDate, readDuration, readMonth } from './option-values.ts'
import { readWhere, type Where } from './where.ts'

/** Characters of a reason, which logs and the status show in one line. */
const LONGEST_REASON = 200

/** The default of --for: a Cognito access token lives a day at most (Cognito API reference, AccessTokenValidity). */
const TOKEN_LIFE = '24h'
const TOKEN_LIFE_RANGE = ['5m', '30d'] as const
/** API Gateway ends connections after two hours anyway. Below ten seconds most apps would connect at once. */
const WITHIN_RANGE = ['10s', '1h'] as const

/** What operators show, check and replace by a file. */
type Kept = 'calendar' | 'sectors'

export type Command =
  | RecoveryCommand
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
  | { readonly command: 'release' | 'token' | `${Kept} show`; readonly where: Where }
  | {
      readonly command: 'disconnect'
      readonly where: Where
      readonly user: string
      /** How long a token can live. */
      readonly life: Seconds
    }
  | {
      readonly command: 'report'
      readonly where: Where
      readonly month: string
      /** Users of the operator's own, such as the canary. */
      readonly own: readonly string[]
      /** Undefined: standard output. */
      readonly out: string | undefined
    }
  | { readonly command: 'reconnect'; readonly where: Where; readonly within: Millis }
  | { readonly command: 'calendar check' | 'calendar set'; readonly where: Where; readonly file: string }
  | { readonly command: 'sectors check' | 'sectors set'; readonly where: Where; readonly file: string }

/** The tables whose items can be copied from a restored table. */
export const RESTORABLE = ['ticks', 'users', 'control'] as const
export type Restorable = (typeof RESTORABLE)[number]

/** Commands that bring back what was lost (docs/recovery.md). */
export type RecoveryCommand =
  | {
      readonly command: 'redrive'
      readonly where: Where
      /** Undefined: batches of all dates. */
      readonly date: TradingDate | undefined
      readonly isDryRun: boolean
    }
  | {
      readonly command: 'copy-table'
      readonly where: Where
      /** Name of the restored table. */
      readonly from: string
      readonly to: Restorable
    }
  | { readonly command: 'restore-day'; readonly where: Where; readonly date: TradingDate }

/** Reads the command line. @throws UsageError */
export function parseCommand(args: readonly string[]): Command {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      until: { type: 'string' },
      reason: { type: 'string' },
      json: { type: 'boolean' },
      user: { type: 'string' },
      for: { type: 'string' },
      month: { type: 'string' },
      own: { type: 'string', multiple: true },
      out: { type: 'string' },
      within: { type: 'string' },
      date: { type: 'string' },
      'dry-run': { type: 'boolean' },
      from: { type: 'string' },
      to: { type: 'string' },
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
    case 'sectors':
      return readKeptCommand(name, rest, where)
    default:
      expectNone(name, rest)
      return readPlainCommand(name, where, values)
  }
}

/** Reads the options of a command without arguments. */
function readPlainCommand(
  name: string,
  where: Where,
  values: Partial<Record<'user' | 'for' | 'month' | 'out' | 'within' | 'date' | 'from' | 'to', string>> & {
    readonly 'dry-run'?: boolean
    readonly own?: readonly string[]
  },
): Command {
  const needed = (option: Exclude<keyof typeof values, 'dry-run' | 'own'>): string => {
    const value = values[option]
    if (value === undefined || value === '') throw new UsageError(`${name}: --${option} is missing`)
    return value
  }
  switch (name) {
    case 'disconnect': {
      const life = readDuration('for', values.for ?? TOKEN_LIFE, TOKEN_LIFE_RANGE) / 1_000
      return { command: 'disconnect', where, user: needed('user'), life }
    }
    case 'report': {
      const { own = [], out } = values
      return { command: 'report', where, month: readMonth(needed('month')), own, out }
    }
    case 'reconnect':
      return { command: 'reconnect', where, within: readDuration('within', needed('within'), WITHIN_RANGE) }
    case 'redrive': {
      const date = values.date === undefined ? undefined : readDate(values.date)
      return { command: 'redrive', where, date, isDryRun: values['dry-run'] ?? false }
    }
    case 'copy-table':
      return { command: 'copy-table', where, from: needed('from'), to: readRestorable(needed('to')) }
    case 'restore-day':
      return { command: 'restore-day', where, date: readDate(needed('date')) }
    case 'token':
      return { command: 'token', where }
    default:
      return { command: 'release', where }
  }
}

function readRestorable(text: string): Restorable {
  const table = RESTORABLE.find(name => name === text)
  if (table !== undefined) return table
  throw new UsageError(`--to: expected ${RESTORABLE.join(', ')}, got "${text}"`)
}

const OPTIONS_OF: Readonly<Record<string, readonly string[]>> = {
  status: ['json', 'stack', 'system'],
  hold: ['until', 'reason', 'stack', 'system'],
  release: ['stack', 'system'],
  calendar: ['stack', 'system'],
  sectors: ['stack', 'system'],
  disconnect: ['user', 'for', 'stack', 'system'],
  report: ['month', 'own', 'out', 'stack', 'system'],
  reconnect: ['within', 'stack', 'system'],
  redrive: ['date', 'dry-run', 'stack', 'system'],
  'copy-table': ['from', 'to', 'stack', 'system'],
  'restore-day': ['date', 'stack', 'system'],
  token: ['stack', 'system'],
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

function readKeptCommand(name: Kept, [word = '', ...rest]: readonly string[], where: Where): Command {
  if (word === 'show') {
    expectNone(`${name} show`, rest)
    return { command: `${name} show`, where }
  }
  if (word !== 'set' && word !== 'check') {
    throw new UsageError(`${name}: expected show, check or set, got "${word}"`)
  }
  const [file, ...more] = rest
  if (file === undefined) throw new UsageError(`${name} ${word}: expected a file, got none`)
  expectNone(`${name} ${word} FILE`, more)
  return { command: `${name} ${word}`, where, file }
}
