/** The long run of the rights drill: every right that can be tried on one machine. */
import { figure } from '../../../tools/table.ts'
import { type Drill, type DrillResult, report } from '../drill.ts'
import { type Trial, triableRights, tryRights } from './rights-drill.ts'
import { RIGHTS_TABLE } from './rights-table.ts'

const VERDICTS = { noticed: 'noticed', unnoticed: 'NOT NOTICED', wrong: 'WRONG' } as const

/** @param numbers of rights in the list of all that can be tried, from 1 on. */
async function runNumbers(numbers: readonly number[]): Promise<DrillResult> {
  const all = triableRights()
  const chosen = new Set(numbers.flatMap(number => all[number - 1] ?? []))
  const trials: Trial[] = []
  for await (const trial of tryRights(chosen)) {
    trials.push(trial)
    const { role, right, verdict, detail } = trial
    report(
      `  ${String(numberOf(trial)).padStart(3)}  ${role}: ${right}\n       ${VERDICTS[verdict]}: ${detail}`,
    )
  }
  const tried = new Set(trials.map(({ role, right }) => `${role}: ${right}`))
  const missing = [...chosen].filter(name => !tried.has(name))
  for (const name of missing) report(`  NOT TRIED  ${name}`)
  const count = (verdict: Trial['verdict']): number =>
    trials.filter(trial => trial.verdict === verdict).length
  const rights = Object.values(RIGHTS_TABLE).reduce((sum, each) => sum + Object.keys(each).length, 0)
  const figures = {
    rights,
    tried: trials.length,
    noticed: count('noticed'),
    unnoticed: count('unnoticed') + missing.length,
    wrong: count('wrong'),
  }
  report(
    `\n  ${figure(trials.length)} of ${figure(rights)} rights tried: ${figure(figures.noticed)} noticed by exactly the features of the table, ` +
      `${figure(figures.unnoticed)} not noticed, ${figure(figures.wrong)} wrong`,
  )
  const failed = trials.filter(({ verdict }) => verdict !== 'noticed').map(numberOf)
  return { failed: [...failed, ...missing.map(name => all.indexOf(name) + 1)], figures }

  function numberOf({ role, right }: Trial): number {
    return all.indexOf(`${role}: ${right}`) + 1
  }
}

export const rights: Drill = {
  name: 'rights',
  about:
    'every right of every role is taken away, one at a time: exactly the features that need it fail, and come back',
  unit: 'rights',
  run: (count = triableRights().length) => runNumbers(Array.from({ length: count }, (_, index) => index + 1)),
  runSeed: number => runNumbers([number]),
}
