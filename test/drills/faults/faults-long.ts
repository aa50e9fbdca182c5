/** The drill of faults: each scenario injects one fault, from some seeds, and prints one line. */
import { figure, formatTable } from '../../../tools/table.ts'
import { type Drill, type DrillResult, report } from '../drill.ts'
import type { Outcome, Scenario } from './scenario.ts'
import { SCENARIOS } from './scenarios.ts'

const SEEDS = 3

type Counts = Pick<Outcome, 'wrong' | 'lost' | 'starved'>

/** Prints the line of a scenario, and returns what its seed did wrong. */
async function runScenario(scenario: Scenario, seed: number): Promise<Counts & { readonly failed: boolean }> {
  const line = (result: string): void =>
    report(`  ${String(seed).padStart(3)}  ${scenario.name.padEnd(nameWidth)}  ${scenario.fault}: ${result}`)
  try {
    const { wrong, lost, starved, measured } = await scenario.run(seed)
    const failed = wrong + lost + starved > 0
    line(`${failed ? `FAILED, ${wrong} wrong, ${lost} lost, ${starved} starved; ` : ''}${measured}`)
    return { wrong, lost, starved, failed }
  } catch (error) {
    line('FAILED, did not end')
    console.error(error)
    return { wrong: 0, lost: 0, starved: 0, failed: true }
  }
}

const nameWidth = Math.max(0, ...SCENARIOS.map(({ name }) => name.length))

async function runAll(seeds: readonly number[]): Promise<DrillResult> {
  const failed = new Set<number>()
  const sums = { wrong: 0, lost: 0, starved: 0 }
  let scenarios = 0
  for (const scenario of SCENARIOS) {
    for (const seed of seeds) {
      const outcome = await runScenario(scenario, seed)
      scenarios++
      sums.wrong += outcome.wrong
      sums.lost += outcome.lost
      sums.starved += outcome.starved
      if (outcome.failed) failed.add(seed)
    }
  }
  const rows = Object.entries({ scenarios, ...sums }).map(([name, count]) => [name, figure(count)])
  report(`\n${formatTable([['in all', ''], ...rows])}`)
  return { failed: [...failed], figures: { scenarios, ...sums } }
}

export const faults: Drill = {
  name: 'faults',
  about: `every scenario of a fault from ${SEEDS} seeds, each compared with the known truth`,
  unit: 'seeds',
  run: (count = SEEDS) => runAll(Array.from({ length: count }, (_, index) => index + 1)),
  runSeed: seed => runAll([seed]),
}
