/** The drill of the cut: random reads by the million, and some thousands through the real handlers over HTTP. */

import { pick } from '../../../local/exchange/random.ts'
import type { Audience } from '../../../prices/cut.ts'
import { figure, formatTable } from '../../../tools/table.ts'
import { nowFor, sourceAt } from '../../prices/price-source.ts'
import { type Drill, report } from '../drill.ts'
import { randomOf } from '../seed.ts'
import { createTally, type Tally } from '../tally.ts'
import { coreApi } from './api.ts'
import { readThroughHandlers } from './handlers.ts'
import { openMemoryTable } from './memory-table.ts'
import { openWorld } from './random-market.ts'
import { momentIn, readOnce } from './reads.ts'

const READS = 1_000_000
/** Reads of one world, which is one seed. */
const READS_A_WORLD = 5_000
const WORLDS_A_LINE = 10
/** Of so many reads one more goes through the real functions. */
const THROUGH_FUNCTIONS_ONE_IN = 50
const AUDIENCES: readonly Audience[] = ['everybody', 'registered']

/** @throws Error naming the read that did not hold. */
async function readWorld(seed: number, reads: number, tally: Tally): Promise<void> {
  const table = openMemoryTable()
  const world = await openWorld(seed, table)
  const random = randomOf('cut reads', seed)
  for (let read = 0; read < reads; read++) {
    const audience = pick(random, AUDIENCES)
    const cut = momentIn(world, random)
    const source = sourceAt(table, audience, nowFor(audience, cut))
    await readOnce(world, { api: coreApi(source), audience, now: source.clock.now(), cut }, random, tally)
  }
}

async function holds(seed: number, reads: number, tally: Tally): Promise<boolean> {
  try {
    await readWorld(seed, reads, tally)
    return true
  } catch (error) {
    console.error(`world of seed ${seed} (npm run drills -- cut --seed ${seed})`, error)
    return false
  }
}

function sum(tally: Tally): void {
  const rows = tally.entries().map(([name, times]) => [name, figure(times)])
  report(`\n${formatTable([['reads', 'times'], ...rows])}`)
}

export const cut: Drill = {
  name: 'cut',
  about: `${figure(READS)} random reads of both audiences, each held against the exchange's truth`,
  unit: 'reads',
  async run(count = READS) {
    const tally = createTally()
    const failed: number[] = []
    let done = 0
    for (let seed = 1; done < count; seed++) {
      const reads = Math.min(READS_A_WORLD, count - done)
      if (!(await holds(seed, reads, tally))) failed.push(seed)
      done += reads
      if (seed % WORLDS_A_LINE === 0)
        report(`  ${figure(done)} reads in ${seed} worlds, ${failed.length} failed`)
    }
    await readThroughHandlers(Math.ceil(count / THROUGH_FUNCTIONS_ONE_IN), tally)
    sum(tally)
    return failed
  },
  async runSeed(seed) {
    const tally = createTally()
    const failed = (await holds(seed, READS_A_WORLD, tally)) ? [] : [seed]
    sum(tally)
    return failed
  },
}
