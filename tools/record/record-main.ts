/** `npm run record`: writes what a line sends to a file, for `npm run decode -- --line`. */
import { existsSync, readFileSync } from 'node:fs'
import type { LineTls } from '../../ingest-task/ingest-config.ts'
import { LINES } from '../../market/lane.ts'
import { readArguments, UsageError } from '../tool-arguments.ts'
import { type Recording, type RecordingOptions, startRecording } from './recording.ts'

const HELP = `Records what a line sends, beginning with a snapshot, for npm run decode -- --line.

Usage: LINE_PASSWORD=… npm run record -- --host H --port P --line N --user U [options] --out FILE

  --host H      host of the line
  --port P      port of the line
  --line N      number of the line, 1 to ${LINES}
  --user U      login name; the password is read from the environment variable LINE_PASSWORD
  --tls         the line has TLS
  --ca FILE     with --tls: certificates (PEM) of the line's private CA; without it, the public CAs
  --seconds S   stop after S seconds
  --frames N    stop after N frames
  --out FILE    output file; an existing file is an error without --force
  --force       overwrite an existing file
  --help        this text

Ctrl-C stops the recording. Exit code: 0; 1 if the recording could not start or was cut off; 2 if the
options cannot be used.
`

const PROGRESS_MILLISECONDS = 1000
const MAX_PORT = 65_535
/** A day: longer than any trading date. */
const MAX_SECONDS = 24 * 3600

function parse(args: readonly string[], password: string | undefined): RecordingOptions | 'help' {
  const values = valuesOf(args)
  if (values.help) return 'help'
  const problems: string[] = []
  const text = (name: 'host' | 'user' | 'out'): string => {
    const value = values[name]
    if (value === undefined || value === '') problems.push(`--${name} is missing`)
    return value ?? ''
  }
  const number = (name: 'port' | 'line' | 'seconds' | 'frames', most: number): number | undefined => {
    const value = values[name]
    if (value === undefined) return undefined
    if (!/^\d+$/.test(value) || !(Number(value) >= 1 && Number(value) <= most)) {
      problems.push(`--${name}: expected a whole number from 1 to ${most}, got "${value}"`)
    }
    return Number(value)
  }
  const requiredNumber = (name: 'port' | 'line', most: number): number => {
    const value = number(name, most)
    if (value === undefined) problems.push(`--${name} is missing`)
    return value ?? 0
  }
  const options = {
    address: { host: text('host'), port: requiredNumber('port', MAX_PORT), ...tlsOf(values, problems) },
    login: { line: requiredNumber('line', LINES), user: text('user'), password: password ?? '' },
    seconds: number('seconds', MAX_SECONDS),
    frames: number('frames', Number.MAX_SAFE_INTEGER),
    file: text('out'),
    overwrite: values.force,
  }
  if (password === undefined) problems.push('LINE_PASSWORD is missing in the environment')
  if (problems.length === 0 && !options.overwrite && existsSync(options.file)) {
    problems.push(`${options.file} exists already; --force overwrites it`)
  }
  if (problems.length > 0) throw new UsageError(problems.join('; '))
  return options
}

/** Returns how the line is reached. A plain line has no member `tls`. */
function tlsOf(
  { tls, ca }: { readonly tls: boolean; readonly ca?: string | undefined },
  problems: string[],
): { readonly tls?: LineTls } {
  if (ca !== undefined && !tls) problems.push('--ca needs --tls')
  if (ca !== undefined && !existsSync(ca)) problems.push(`--ca: ${ca} does not exist`)
  if (!tls || problems.length > 0) return {}
  return { tls: ca === undefined ? {} : { ca: [readFileSync(ca, 'utf8')] } }
}

function valuesOf(args: readonly string[]) {
  return readArguments({
    args,
    options: {
      host: { type: 'string' },
      port: { type: 'string' },
      line: { type: 'string' },
      user: { type: 'string' },
      tls: { type: 'boolean', default: false },
      ca: { type: 'string' },
      seconds: { type: 'string' },
      frames: { type: 'string' },
      out: { type: 'string' },
      force: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values
}

function show({ counts: { frames, messages, bytes } }: Recording): string {
  return `${frames} frames, ${messages} messages, ${(bytes / 1e6).toFixed(1)} MB`
}

async function record(options: RecordingOptions): Promise<void> {
  const recording = startRecording(options)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, recording.stop)
  const progress = setInterval(() => console.error(show(recording)), PROGRESS_MILLISECONDS)
  try {
    await recording.ended
  } finally {
    clearInterval(progress)
    if (recording.counts.frames > 0 && existsSync(options.file)) {
      console.error(`${options.file}: ${show(recording)}`)
    }
  }
}

try {
  const options = parse(process.argv.slice(2), process.env.LINE_PASSWORD)
  if (options === 'help') process.stdout.write(HELP)
  else await record(options)
} catch (error) {
  const usage = error instanceof UsageError
  const hint = usage ? ' See npm run -s record -- --help.' : ''
  console.error(`record: ${error instanceof Error ? error.message : String(error)}.${hint}`)
  process.exitCode = usage ? 2 : 1
}
