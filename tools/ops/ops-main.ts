/** `npm run ops`: shows and steers a running system. */

import { readFileSync, writeFileSync } from 'node:fs'
import { LOOPBACK_PORT } from '../../contract/user-pool.ts'
import { SKIPPED } from '../../functions/market-hours/run-market-hours.ts'
import { ExceptionsError } from '../../market/calendar/exceptions-text.ts'
import { momentToIso } from '../../market/moment.ts'
import { SectorsError } from '../../market/sector.ts'
import { nowMillis } from '../../market/units.ts'
import { writeReconnectWish } from '../../tables/boards/reconnect-wish.ts'
import { problemsOf, readExceptionsText, writeExceptions } from '../../tables/control/calendar-item.ts'
import { releaseHold, writeHold } from '../../tables/control/hold-item.ts'
import { type MarketState, readMarketState } from '../../tables/control/market-state.ts'
import { UsageError } from '../tool-arguments.ts'
import { checkMonth, readReport } from './access-report.ts'
import { signInByBrowser } from './browser-sign-in.ts'
import { disconnectUser } from './disconnect-user.ts'
import { readLineTasks } from './line-tasks.ts'
import { HELP } from './ops-help.ts'
import { type Command, parseCommand } from './ops-options.ts'
import { readUntil } from './option-values.ts'
import { recover } from './recovery-commands.ts'
import { sectorsChecked, sectorsReplaced, sectorsShown } from './sectors-command.ts'
import { statusReport } from './status-report.ts'
import { statusText } from './status-text.ts'
import { findTarget, reach, type Target, UnreachableError } from './target.ts'
import { valueText } from './value-text.ts'

/** Asks market-hours what it finds and would do. It changes nothing. */
const LOOK = { look: true }

const print = (text: string): void => void process.stdout.write(text)

async function status(target: Target, json: boolean): Promise<void> {
  const [look, last, lines] = await Promise.all([
    target.invokeMarketHours(LOOK) as Promise<MarketState>,
    reach('control table', readMarketState(target.control)),
    reach('control table', readLineTasks(target.control)),
  ])
  const report = statusReport({ look, last, lines })
  print(json ? `${JSON.stringify({ system: target.name, ...report })}\n` : statusText(target.name, report))
  if (report.problems.length > 0) process.exitCode = 1
}

async function hold(
  target: Target,
  { mode, until, reason }: Extract<Command, { command: 'hold' }>,
): Promise<void> {
  const end = readUntil(until, target.clock.now())
  await reach('control table', writeHold(target.control, { mode, until: end, reason }))
  print(`The market counts as ${mode} until ${momentToIso(end).slice(0, 16).replace('T', ' ')} in Tokyo.\n`)
  await follow(target)
}

async function release(target: Target): Promise<void> {
  await reach('control table', releaseHold(target.control))
  print('There is no hold any more.\n')
  await follow(target)
}

async function calendar(
  { clock, control }: Target,
  { command, file }: Extract<Command, { command: 'calendar check' | 'calendar set' }>,
): Promise<void> {
  const text = readFile(file)
  const before = await reach('control table', readExceptionsText(control))
  const problems = problemsOf(text, before, clock.now())
  if (problems.length > 0) throw new ExceptionsError(problems)
  if (command === 'calendar check') return print(`${file} can replace the stored exceptions.\n`)
  const version = await reach('control table', writeExceptions(control, text, clock.now()))
  print(`The exceptions have version ${version} now. All functions follow within a minute.\n`)
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}

async function disconnect(
  target: Target,
  { user, life }: Extract<Command, { command: 'disconnect' }>,
): Promise<void> {
  const parts = {
    users: target.table('UsersTable'),
    connections: target.table('ConnectionsTable'),
    closeConnection: target.closeConnection,
    print: (line: string) => print(`${line}\n`),
  }
  const isDone = await reach(`disconnect of ${user}`, disconnectUser(parts, user, life))
  if (!isDone) process.exitCode = 1
}

async function report(
  target: Target,
  { month, own, out }: Extract<Command, { command: 'report' }>,
): Promise<void> {
  const now = nowMillis()
  checkMonth(month, now)
  const users = target.table('UsersTable')
  const { csv, total } = await reach('users table', readReport(users, month, { now, own }))
  if (out === undefined) print(csv)
  else writeFile(out, csv)
  console.error(total)
}

async function reconnect(
  target: Target,
  { within }: Extract<Command, { command: 'reconnect' }>,
): Promise<void> {
  const wish = { at: nowMillis(), within }
  await reach('boards table', writeReconnectWish(target.table('BoardsTable'), wish))
  print(`Broadcast asks all apps to move to new connections within ${within / 1_000} s.\n`)
}

/** Prints an access token alone on standard output, so that a shell can store it. */
async function token(target: Target): Promise<void> {
  const show = (address: string): void => console.error(`Open this address, and sign in:\n\n  ${address}\n`)
  const held = await signInByBrowser({ config: target.signIn(), port: LOOPBACK_PORT, show })
  print(`${held}\n`)
}

function writeFile(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}

/** Runs market-hours now, as its schedule would within five minutes. */
async function follow(target: Target): Promise<void> {
  const result = (await target.invokeMarketHours({})) as MarketState | typeof SKIPPED
  if (result === SKIPPED)
    return print('market-hours runs already; its next run follows within five minutes.\n')
  const { level, reason, moves } = result
  print(`Level ${level} (${reason}).\n`)
  for (const { kind, name, from, to, ...outcome } of moves) {
    const why = outcome.reason === undefined ? '' : `: ${outcome.reason}`
    print(`  ${kind} ${name}: ${valueText(from)} → ${valueText(to)}, ${outcome.result}${why}\n`)
  }
}

async function run(command: Command): Promise<void> {
  if (command.command === 'help') return print(HELP)
  const target = await findTarget(command.where)
  try {
    switch (command.command) {
      case 'status':
        return await status(target, command.json)
      case 'hold':
        return await hold(target, command)
      case 'release':
        return await release(target)
      case 'disconnect':
        return await disconnect(target, command)
      case 'report':
        return await report(target, command)
      case 'reconnect':
        return await reconnect(target, command)
      case 'redrive':
      case 'copy-table':
      case 'restore-day':
        if (!(await recover(target, command))) process.exitCode = 1
        return
      case 'token':
        return await token(target)
      case 'calendar show':
        return print(await reach('control table', readExceptionsText(target.control)))
      case 'sectors show':
        return print(await sectorsShown(target))
      case 'sectors check':
        return print(await sectorsChecked(target, command.file))
      case 'sectors set':
        return print(await sectorsReplaced(target, command.file))
      default:
        return await calendar(target, command)
    }
  } finally {
    target.close()
  }
}

try {
  await run(parseCommand(process.argv.slice(2)))
} catch (error) {
  const isUsage = error instanceof UsageError
  const isOfFile = error instanceof ExceptionsError || error instanceof SectorsError
  if (!isUsage && !isOfFile && !(error instanceof UnreachableError)) throw error
  console.error(`ops: ${error.message}${isUsage ? '. See npm run -s ops -- --help.' : ''}`)
  process.exitCode = 2
}
