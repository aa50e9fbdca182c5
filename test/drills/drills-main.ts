/** `npm run drills`: runs fault tests of line, storing and reads, many times with random faults. */

import { figure } from '../../tools/table.ts'
import { readArguments, UsageError } from '../../tools/tool-arguments.ts'
import { clients } from './clients/clients-long.ts'
import { cut } from './cut/cut-long.ts'
import { type Drill, report } from './drill.ts'
import { faults } from './faults/faults-long.ts'
import { fuzz } from './fuzz/fuzz-long.ts'
import { line } from './line/line-long.ts'
import { marketDay } from './market-day/market-day-long.ts'
import { reconnect } from './reconnect/reconnect-long.ts'
import { recovery } from './recovery/recovery-long.ts'
import { rights } from './rights/rights-long.ts'
import { standby } from './standby/standby-long.ts'
import { store } from './store/store-long.ts'

const DRILLS: readonly Drill[] = [
  fuzz,
  line,
  store,
  cut,
  faults,
  clients,
  reconnect,
  marketDay,
  standby,
  recovery,
  rights,
]
const NAMES = DRILLS.map(({ name }) => name).join(', ')

const HELP = `Drills of itastream: thousands of random faults from seeds. They take some minutes; npm test runs a short version.

Usage: npm run drills [-- [NAME...] [--seed N | --schedules N | --cases N | --reads N | --seeds N | --rights N] [--json]]

${DRILLS.map(({ name, about }) => `  ${name.padEnd(10)} ${about}\n`).join('')}
  --seed N        run only the unit of this seed; a failure prints its seed
  --schedules N   run N schedules of line, store or standby, from seed 1 on
  --cases N       run N cases of fuzz
  --reads N       run N reads of cut
  --seeds N       run faults, clients, reconnect, market-day or recovery from N seeds, from seed 1 on
  --rights N      try the first N rights of the table; --seed N tries the Nth alone
  --json          print one line of JSON after each drill: {"name","figures"}
  --help          print this text

Each drill checks: errors have a documented kind; memory does not grow; every tick is true, once and in order; the last
boards equal those of the exchange; every message is a tick or is reported as lost, and a message may be lost only if
the line cannot send it again or its envelope is unreadable; every client gets every trade once and does not starve while
other clients fail; no trade is missing or doubled across reconnects; what was lost comes back; a missing right stops exactly the features that need it; if one part of a line fails, prices go on within two seconds. Exit code: 0; 1 if a check failed; 2 for
bad options.
`

function chosen(names: readonly string[]): readonly Drill[] {
  const unknown = names.find(name => !DRILLS.some(drill => drill.name === name))
  if (unknown !== undefined) throw new UsageError(`expected a drill of ${NAMES}, got "${unknown}".`)
  return names.length === 0 ? DRILLS : DRILLS.filter(({ name }) => names.includes(name))
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new UsageError(`--${option}: expected a number from 1 to 999999999, got "${text}".`)
  }
  return Number(text)
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments({
    allowPositionals: true,
    options: {
      seed: { type: 'string' },
      schedules: { type: 'string' },
      cases: { type: 'string' },
      reads: { type: 'string' },
      seeds: { type: 'string' },
      rights: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const drills = chosen(positionals)
  const seed = numberOf('seed', values.seed)
  const counts = new Map(DRILLS.map(({ unit }) => [unit, numberOf(unit, values[unit])]))
  for (const [unit, count] of counts) {
    if (count === undefined) continue
    if (seed !== undefined) throw new UsageError(`expected --seed or --${unit}, got both.`)
    if (drills.some(drill => drill.unit === unit)) continue
    const those = DRILLS.filter(drill => drill.unit === unit).map(({ name }) => name)
    throw new UsageError(`--${unit}: expected drill ${those.join(' or ')}.`)
  }
  if (values.help) {
    process.stdout.write(HELP)
    return
  }
  for (const drill of drills) {
    const count = counts.get(drill.unit)
    const measure = count === undefined ? drill.about : `${figure(count)} ${drill.unit}`
    report(`${drill.name}: ${seed === undefined ? measure : `seed ${seed}`}`)
    const start = performance.now()
    const { failed, figures } = seed === undefined ? await drill.run(count) : await drill.runSeed(seed)
    const seconds = figure((performance.now() - start) / 1000)
    if (failed.length === 0) report(`${drill.name}: all checks passed, in ${seconds} s\n`)
    else {
      report(`${drill.name}: checks failed for seeds ${failed.join(', ')}, in ${seconds} s\n`)
      process.exitCode = 1
    }
    if (values.json) report(JSON.stringify({ name: drill.name, figures }))
  }
}

try {
  await main()
} catch (error) {
  const isUsage = error instanceof UsageError
  console.error(isUsage ? `drills: ${error.message}` : error)
  process.exitCode = isUsage ? 2 : 1
}
