/** The long run of the recovery drill. */
import { figure } from '../../../tools/table.ts'
import { type Drill, type DrillResult, report } from '../drill.ts'
import { type RecoveryFigures, runRecovery } from './recovery-drill.ts'

const SEEDS = 5
/** From 9:00 to the afternoon. */
const TICKS = 1_000

async function runSeeds(seeds: readonly number[]): Promise<DrillResult> {
  const failed: number[] = []
  const sums: Record<keyof RecoveryFigures, number> = {
    batches: 0,
    items: 0,
    ticks: 0,
    missing: 0,
    differing: 0,
    redriveSeconds: 0,
    copySeconds: 0,
    restoreSeconds: 0,
  }
  for (const seed of seeds) {
    try {
      const figures = await runRecovery(seed, TICKS)
      for (const name of Object.keys(sums) as (keyof RecoveryFigures)[]) sums[name] += figures[name]
      if (figures.missing + figures.differing > 0) failed.push(seed)
      report(
        `  ${String(seed).padStart(3)}  ${figures.batches} batches put back in ${figure(figures.redriveSeconds, 1)} s, ` +
          `${figure(figures.items)} items copied in ${figure(figures.copySeconds, 1)} s, ` +
          `${figure(figures.ticks)} ticks restored in ${figure(figures.restoreSeconds, 1)} s; ` +
          `${figures.missing} ticks missing, ${figures.differing} answers or files differ`,
      )
    } catch (error) {
      failed.push(seed)
      console.error(error)
    }
  }
  return { failed, figures: { seeds: seeds.length, ...sums, failed: failed.length } }
}

export const recovery: Drill = {
  name: 'recovery',
  about: `${SEEDS} days with failed batches put back, deleted items copied from a restored table, and a lost table restored from the archive`,
  unit: 'seeds',
  run: (count = SEEDS) => runSeeds(Array.from({ length: count }, (_, index) => index + 1)),
  runSeed: seed => runSeeds([seed]),
}
