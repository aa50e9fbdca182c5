/** The drill of the cut: a million random reads, and some thousands through the real handlers over HTTP. */

import type { Audience } from '../../../contract/publication.ts'
import { pick } from '../../../local/exchange/random.ts'
import { figure, formatTable } from '../../../tools/table.ts'
import { nowFor, sourceAt } from '../../prices/standing-source.ts'
import { type Drill, report } from '../drill.ts'
import { randomOf } from '../seed.ts'
import { createTally, type Tally } from '../tally.ts'
import { openStoredMarket } from './cut-market.ts'
import { readThroughHandlers } from './function-reads.ts'
import { openMemoryTable } from './memory-table.ts'
import { coreApi } from './price-api.ts'
import { randomMoment, readOnce } from './random-reads.ts'

const READS = 1_000_000
/** Reads of the market of one seed. */
const READS_A_MARKET = 5_000
const MARKETS_A_LINE = 10
/** After this many reads, one more read goes through the real functions. */
const READS_A_FUNCTION_READ = 50
const AUDIENCES: readonly Audience[] = ['everybody', 'registered']

/** @throws Error naming the read whose answer differs from the truth. */
async function readMarket(seed: number, reads: number, tally: Tally): Promise<void> {
  const table = openMemoryTable()
  const market = await openStoredMarket(seed, table)
  const random = randomOf('cut reads', seed)
  for (let read = 0; read < reads; read++) {
    const audience = pick(random, AUDIENCES)
    const cut = randomMoment(market, random)
    const source = sourceAt(table, audience, nowFor(audience, cut))
    await readOnce(market, { api: coreApi(source), audience, now: source.clock.now(), cut }, random, tally)
  }
}

async function holds(seed: number, reads: number, tally: Tally): Promise<boolean> {
  try {
    await readMarket(seed, reads, tally)
    return true
  } catch (error) {
    console.error(`market of seed ${seed} (npm run drills -- cut --seed ${seed})`, error)
    return false
  }
}

function sum(tally: Tally): void {
  const rows = tally.entries().map(([name, times]) => [name, figure(times)])
  report(`\n${formatTable([['reads', 'times'], ...rows])}`)
}

export const cut: Drill = {
  name: 'cut',
  about: `${figure(READS)} random reads of both audiences, each compared with the exchange's truth`,
  unit: 'reads',
  async run(count = READS) {
    const tally = createTally()
    const failed: number[] = []
    let done = 0
    for (let seed = 1; done < count; seed++) {
      const reads = Math.min(READS_A_MARKET, count - done)
      if (!(await holds(seed, reads, tally))) failed.push(seed)
      done += reads
      if (seed % MARKETS_A_LINE === 0)
        report(`  ${figure(done)} reads in ${seed} markets, ${failed.length} failed`)
    }
    await readThroughHandlers(Math.ceil(count / READS_A_FUNCTION_READ), tally)
    sum(tally)
    return { failed, figures: { reads: done, failed: failed.length } }
  },
  async runSeed(seed) {
    const tally = createTally()
    const failed = (await holds(seed, READS_A_MARKET, tally)) ? [] : [seed]
    sum(tally)
    return { failed, figures: { reads: READS_A_MARKET, failed: failed.length } }
  },
}
