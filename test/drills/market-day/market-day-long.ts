/** The long run of the drill of market days: a year a seed. */
import { DAYS, DECISIONS, FIRST_DATE, YEAR } from '../../../bench/year/decisions.ts'
import { playYear } from '../../../bench/year/play-year.ts'
import { PLAN } from '../../../cdk/plan.ts'
import { figure } from '../../../tools/table.ts'
import { type Drill, type DrillResult, report } from '../drill.ts'
import { randomOf } from '../seed.ts'

const SEEDS = 3

async function playYears(seeds: readonly number[]): Promise<DrillResult> {
  const failed: number[] = []
  let violations = 0
  let runs = 0
  let faults = 0
  let longest = 0
  for (const seed of seeds) {
    const { watch, ...counts } = await playYear({
      plan: PLAN,
      needed: PLAN,
      from: FIRST_DATE,
      days: DAYS,
      exceptions: DECISIONS,
      random: randomOf('market-day', seed),
      hasFaults: true,
    })
    violations += watch.violations
    runs += counts.runs
    faults += counts.faults
    longest = Math.max(longest, watch.longestLack / 60_000_000)
    const awake = (100 * watch.awakeMinutes) / watch.minutes
    report(
      `  ${String(seed).padStart(3)}  ${figure(counts.runs)} runs, ${figure(counts.faults)} faults, awake ${awake.toFixed(1)} %, ${watch.violations} violations`,
    )
    for (const text of watch.texts) report(`       FAILED: ${text}`)
    if (watch.violations > 0) failed.push(seed)
  }
  return {
    failed,
    figures: { seeds: seeds.length, runs, faults, violations, longestLackMinutes: longest },
  }
}

export const marketDay: Drill = {
  name: 'market-day',
  about: `market-hours through the minutes of ${YEAR}, with missed and doubled events, failing calls, late closes and halts`,
  unit: 'seeds',
  run: (count = SEEDS) => playYears(Array.from({ length: count }, (_, index) => index + 1)),
  runSeed: seed => playYears([seed]),
}
