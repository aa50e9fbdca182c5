/** A year of market-hours: how long the system is awake, what that costs, and whether the open market ever lacked anything. */
import { PLAN } from '../cdk/plan.ts'
import { createRandom } from '../local/exchange/random.ts'
import { figure } from '../tools/table.ts'
import type { Benchmark } from './benchmark.ts'
import { DAYS, DECISIONS, FIRST_DATE, YEAR } from './year/decisions.ts'
import { playYear } from './year/play-year.ts'

const SEED = 1
const MINUTE = 60_000_000

export const year: Benchmark = {
  name: 'year',
  about: `market-hours through ${YEAR}, with faults: awake time and cost against a system that is always awake`,
  async run() {
    const { runs, faults, tradingDates, watch } = await playYear({
      plan: PLAN,
      needed: PLAN,
      from: FIRST_DATE,
      days: DAYS,
      exceptions: DECISIONS,
      random: createRandom(SEED),
      hasFaults: true,
    })
    const awakeShare = watch.awakeMinutes / watch.minutes
    const hours = watch.awakeMinutes / 60
    return {
      table: [
        ['', 'market-hours', 'always awake', 'share'],
        ['hours with a task', figure(hours), figure(watch.minutes / 60), awakeShare.toFixed(3)],
        [
          'dollars: tasks, shards, ready environments',
          figure(watch.dollars),
          figure(watch.alwaysOnDollars),
          (watch.dollars / watch.alwaysOnDollars).toFixed(3),
        ],
        ['violations', figure(watch.violations), '', ''],
      ],
      notes: [
        `${figure(tradingDates)} trading dates, ${figure(runs)} runs, ${figure(faults)} faults; seed ${SEED}.`,
        `The open market lacked something for ${figure(watch.lackingMinutes)} min, most of them while faults held; longest after one, without the time that AWS needs: ${(watch.longestLack / MINUTE).toFixed(0)} min.`,
        ...watch.texts,
      ],
      figures: {
        awakeShare,
        violations: watch.violations,
        costShareOfAlwaysOn: watch.dollars / watch.alwaysOnDollars,
        dollars: watch.dollars,
        alwaysOnDollars: watch.alwaysOnDollars,
        tradingDates,
        runs,
        faults,
        lackingMinutes: watch.lackingMinutes,
        longestLackMinutes: watch.longestLack / MINUTE,
      },
    }
  },
}
