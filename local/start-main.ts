/** `npm start`: the whole system, until Ctrl-C. */
import { RULES } from '../market/calendar/calendar.ts'
import { systemClock } from '../market/clock.ts'
import { AssemblyError } from './assemble.ts'
import { DataFolderError } from './data-folder.ts'
import { syntheticMarket } from './local-market.ts'
import { PortInUseError } from './ports.ts'
import { prepare, run, untilAsked } from './run.ts'
import { OptionsError } from './start-arguments.ts'
import { HELP, parseOptions } from './start-options.ts'
import { createTerminal } from './terminal.ts'

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(HELP)
    return
  }
  const { marketTime, ...rest } = options
  const tradingDate = marketTime.date ?? RULES.latestTradingDate(systemClock.now())
  const market = syntheticMarket({ ...rest, tradingDate, live: marketTime.time })
  await prepare(rest)
  await run(market, rest, createTerminal(process.stdout), untilAsked())
}

/** Errors that are shown without a stack. */
const EXPECTED = [OptionsError, DataFolderError, PortInUseError, AssemblyError]

try {
  await main()
} catch (error) {
  const expected = EXPECTED.find(type => error instanceof type)
  if (expected === undefined) console.error(error)
  else console.error(`itastream: ${(error as Error).message}`)
  if (expected === OptionsError) console.error('See npm start -- --help.')
  process.exitCode = 1
}
