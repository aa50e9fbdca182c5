/** `npm run replay`: runs the whole local system on an archived day until Ctrl-C. */
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AssemblyError } from '../assemble.ts'
import { DataFolderError } from '../data-folder.ts'
import { PortInUseError } from '../ports.ts'
import { prepare, run, untilAsked } from '../run.ts'
import { OptionsError } from '../start-arguments.ts'
import { createTerminal } from '../terminal.ts'
import { ArchiveError, findDay } from './archive-folder.ts'
import { makeTape, replayMarket } from './replay-market.ts'
import { HELP, parseOptions } from './replay-options.ts'

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(HELP)
    return
  }
  const { date, archive } = options
  const terminal = createTerminal(process.stdout)
  const stop = untilAsked()
  const day = findDay(archive, date)
  await prepare(options)
  await using tape = await mkdtempDisposable(join(tmpdir(), 'itastream-replay-'))
  const index = await makeTape(day, tape.path, text => {
    stop.throwIfAborted()
    terminal.step(text)
  })
  await run(replayMarket(tape.path, index, options), { ...options, replayed: date }, terminal, stop)
}

/** Errors whose message is printed without a stack. */
const EXPECTED = [OptionsError, ArchiveError, DataFolderError, PortInUseError, AssemblyError]

try {
  await main()
} catch (error) {
  const expected = EXPECTED.find(type => error instanceof type)
  // Ctrl-C while the archive is read.
  const isAsked = error instanceof Error && error.name === 'AbortError'
  if (expected !== undefined) console.error(`replay: ${(error as Error).message}`)
  else if (!isAsked) console.error(error)
  if (expected === OptionsError) console.error('See npm run replay -- --help.')
  if (!isAsked) process.exitCode = 1
}
