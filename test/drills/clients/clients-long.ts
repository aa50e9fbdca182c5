/** The long run of the drill of clients. */
import { figure, formatTable } from '../../../tools/table.ts'
import { type Drill, type DrillResult, report } from '../drill.ts'
import { type PhaseReport, runClientsDrill } from './clients-drill.ts'
import { LONG } from './drill-size.ts'

const SEEDS = 1

const HEADINGS = [
  'phase',
  'p50 ms',
  'p99 ms',
  'most ms',
  'trades',
  'missing',
  'posts',
  'refused',
  'back ms',
  'MiB',
]

function rowOf(phase: PhaseReport): string[] {
  const { name, p50, p99, most, delivered, expected, posts, refused, servedAfter, memoryMiB } = phase
  const numbers = [p50, p99, most, delivered, expected - delivered, posts, refused, servedAfter, memoryMiB]
  return [name, ...numbers.map(number => figure(number))]
}

async function runAll(seeds: readonly number[]): Promise<DrillResult> {
  const failed: number[] = []
  const figures: Record<string, number> = { seeds: seeds.length, clients: LONG.clients }
  for (const seed of seeds) {
    const { connectedAfter, phases, problems } = await runClientsDrill(LONG, seed, ({ name, p99, most }) =>
      report(
        `  ${String(seed).padStart(3)}  ${name.padEnd(10)} p99 ${figure(p99)} ms, most ${figure(most)} ms`,
      ),
    )
    report(`\n${figure(LONG.clients)} clients were served after ${figure(connectedAfter)} ms\n`)
    report(formatTable([HEADINGS, ...phases.map(rowOf)]))
    for (const problem of problems) report(`  FAILED: ${problem}`)
    if (problems.length > 0) failed.push(seed)
    Object.assign(figures, figuresOf(phases))
  }
  return { failed, figures: { ...figures, failed: failed.length } }
}

/** Returns the figures of a run: sums of the counts, and the waits of each kind of phase. */
function figuresOf(phases: readonly PhaseReport[]): Record<string, number> {
  const sum = (name: 'expected' | 'delivered' | 'starved' | 'posts' | 'refused'): number =>
    phases.reduce((total, phase) => total + phase[name], 0)
  const names = new Set(phases.map(({ name }) => name))
  const waits = [...names].flatMap(name => {
    const same = phases.filter(phase => phase.name === name)
    return (['p50', 'p99', 'most'] as const).map(of => [
      `${name}${of[0]!.toUpperCase()}${of.slice(1)}Ms`,
      Math.max(...same.map(phase => phase[of])),
    ])
  })
  return {
    tradesExpected: sum('expected'),
    tradesDelivered: sum('delivered'),
    starved: sum('starved'),
    posts: sum('posts'),
    refused: sum('refused'),
    memoryMiB: Math.max(...phases.map(({ memoryMiB }) => memoryMiB)),
    ...Object.fromEntries(waits),
  }
}

export const clients: Drill = {
  name: 'clients',
  about: `${figure(LONG.clients)} clients of the running system, and faults of clients, tables and functions`,
  unit: 'seeds',
  run: (count = SEEDS) => runAll(Array.from({ length: count }, (_, index) => index + 1)),
  runSeed: seed => runAll([seed]),
}
