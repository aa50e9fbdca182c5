/** The long run of the drill of reconnects. */
import { figure, formatTable } from '../../../tools/table.ts'
import { type Drill, type DrillResult, report } from '../drill.ts'
import { type ReconnectReport, runReconnectDrill } from './reconnect-drill.ts'
import { LONG } from './reconnect-size.ts'

const SEEDS = 1

const ROWS = [
  ['schedules', 'schedules'],
  ['cuts of the network', 'cuts'],
  ['holes, from 1 s to 5 min', 'holes'],
  ['times without new tokens', 'tokenFaults'],
  ['environments that died', 'crashes'],
  ['connections', 'connections'],
  ['trades expected', 'tradesExpected'],
  ['trades missing', 'tradesMissing'],
  ['trades twice', 'tradesTwice'],
  ['trades wrong or out of order', 'tradesWrong'],
  ['boards', 'boards'],
  ['boards wrong', 'wrongBoards'],
  ['final bars', 'bars'],
  ['bars differing', 'barsDiffering'],
  ['bars missing', 'barsMissing'],
] as const satisfies readonly (readonly [string, keyof ReconnectReport])[]

/** Figures that must be 0. */
const FAULTS = [
  'tradesMissing',
  'tradesTwice',
  'tradesWrong',
  'wrongBoards',
  'barsDiffering',
  'barsMissing',
] as const

async function runAll(seeds: readonly number[]): Promise<DrillResult> {
  const failed: number[] = []
  const figures: Record<string, number> = { seeds: seeds.length }
  for (const seed of seeds) {
    const result = await runReconnectDrill(LONG, seed)
    report(formatTable([[`seed ${seed}`, ''], ...ROWS.map(([text, name]) => [text, figure(result[name])])]))
    for (const problem of result.problems.slice(0, 20)) report(`  FAILED: ${problem}`)
    if (result.problems.length > 0 || FAULTS.some(name => result[name] > 0)) failed.push(seed)
    for (const [, name] of ROWS) figures[name] = (figures[name] ?? 0) + result[name]
  }
  return { failed, figures: { ...figures, failed: failed.length } }
}

export const reconnect: Drill = {
  name: 'reconnect',
  about: `${figure(LONG.apps)} apps with cuts, holes, ends of connections and tokens, and dying environments`,
  unit: 'seeds',
  run: (count = SEEDS) => runAll(Array.from({ length: count }, (_, index) => index + 1)),
  runSeed: seed => runAll([seed]),
}
