/** `npm run bench`: runs benchmarks, each beside its baseline, and prints the figures. */

import { formatTable } from '../tools/table.ts'
import { readArguments, UsageError } from '../tools/tool-arguments.ts'
import { archive } from './archive-bench.ts'
import type { Benchmark, Report } from './benchmark.ts'
import { boards } from './boards-bench.ts'
import { decode } from './decode-bench.ts'
import { delayed } from './delayed-bench.ts'
import { envelope } from './envelope-bench.ts'
import { fanout } from './fanout-bench.ts'
import { ingest } from './ingest-bench.ts'
import { latency } from './latency-bench.ts'
import { local } from './local-bench.ts'
import { pack } from './pack-bench.ts'
import { post } from './post-bench.ts'
import { shard } from './shard-bench.ts'
import { store } from './store-bench.ts'
import { update } from './update-bench.ts'
import { year } from './year-bench.ts'

const BENCHMARKS: readonly Benchmark[] = [
  ingest,
  decode,
  envelope,
  shard,
  pack,
  store,
  boards,
  delayed,
  archive,
  update,
  post,
  fanout,
  local,
  latency,
  year,
]
const NAMES = BENCHMARKS.map(({ name }) => name).join(', ')

const HELP = `Benchmarks of itastream, each beside its baseline on the same input.

Usage: npm run bench [-- [NAME...] [--json]]

${BENCHMARKS.map(({ name, about }) => `  ${name.padEnd(8)} ${about}\n`).join('')}
  --json   print one line of JSON after each table: {"name","figures"}
  --help   print this text
`

function chosen(names: readonly string[]): readonly Benchmark[] {
  const unknown = names.find(name => !BENCHMARKS.some(benchmark => benchmark.name === name))
  if (unknown !== undefined) throw new UsageError(`expected a benchmark of ${NAMES}, got "${unknown}".`)
  return names.length === 0 ? BENCHMARKS : BENCHMARKS.filter(({ name }) => names.includes(name))
}

function show({ name, about }: Benchmark, { table, notes }: Report): string {
  return `${name}: ${about}\n\n${formatTable(table)}\n${notes.map(note => `  ${note}\n`).join('')}\n`
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const benchmarks = chosen(positionals)
  if (values.help) {
    process.stdout.write(HELP)
    return
  }
  for (const benchmark of benchmarks) {
    const report = await benchmark.run()
    process.stdout.write(show(benchmark, report))
    if (values.json) console.log(JSON.stringify({ name: benchmark.name, figures: report.figures }))
  }
}

try {
  await main()
} catch (error) {
  if (error instanceof UsageError) console.error(`bench: ${error.message}`)
  else console.error(error)
  process.exitCode = 1
}
