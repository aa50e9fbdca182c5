/** Compares what readers get from the table with what the exchange sent. */
import assert from 'node:assert/strict'
import { pick, type Random } from '../../../local/exchange/random.ts'
import { boardsEqual } from '../../../market/board.ts'
import { DAY_MICROSECONDS } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { tickAsOf, ticksBetween } from '../../../tables/ticks/read-ticks.ts'
import type { TicksTable } from '../../../tables/ticks/ticks-table.ts'
import { type DrillMarket, TRADING_DATE } from './drill-market.ts'

const END_OF_DAY = DAY_MICROSECONDS - 1
/** Moments for which boards are read. */
const MOMENTS = 40

/**
 * Asserts that readers get every tick of every issue once, complete and in order, and the boards as of some moments.
 * @returns the number of ticks read.
 */
export async function assertStored(
  table: TicksTable,
  { truth }: DrillMarket,
  random: Random,
): Promise<number> {
  let count = 0
  for (const [issue, facts] of truth) {
    let index = 0
    for await (const tick of ticksBetween(table, issue, TRADING_DATE, { time: 0, sequence: 0 }, END_OF_DAY)) {
      assertSame(tick, facts[index++], `tick ${index} of ${issue}`)
    }
    assert.equal(index, facts.length, `ticks of ${issue}`)
    count += index
  }
  const all = [...truth.values()].flat()
  for (let asked = 0; asked < MOMENTS; asked++) {
    const { board, time } = pick(random, all)
    for (const moment of [time, time - 1]) {
      const fact = truth.get(board.issue)!.findLast(tick => tick.time <= moment)
      const seen = await tickAsOf(table, board.issue, TRADING_DATE, moment)
      const name = `board of ${board.issue} at ${moment}`
      assert.deepEqual([seen?.sequence, seen?.time], [fact?.sequence, fact?.time], name)
      assert.ok(seen === undefined || boardsEqual(seen.board, fact!.board), name)
    }
  }
  return count
}

/** Reads one issue after another while the table is written. */
export interface Watch {
  /** Stops, and returns the number of reads. @throws AssertionError if a read missed a tick or had a wrong one. */
  stop(): Promise<number>
}

/**
 * Reads issues at random until it is stopped, and checks each read: the ticks are true, in order and each once, and every
 * tick that an earlier read had is there.
 * @param seen the sequences of each issue that were read before; it grows.
 */
export function watchTable(
  table: TicksTable,
  { truth }: DrillMarket,
  random: Random,
  seen: Map<string, ReadonlySet<number>>,
): Watch {
  const issues = [...truth.keys()]
  let isStopped = false
  let reads = 0
  const readAll = async (): Promise<void> => {
    while (!isStopped) {
      const issue = pick(random, issues)
      const facts = new Map(truth.get(issue)!.map(fact => [fact.sequence, fact]))
      const before = seen.get(issue) ?? new Set()
      const now = new Set<number>()
      let last = 0
      for await (const tick of ticksBetween(
        table,
        issue,
        TRADING_DATE,
        { time: 0, sequence: 0 },
        END_OF_DAY,
      )) {
        const fact = facts.get(tick.sequence)
        assert.ok(tick.sequence > last, `${issue}: sequence ${tick.sequence} after ${last}`)
        assert.ok(
          fact !== undefined && boardsEqual(tick.board, fact.board),
          `${issue}: ${tick.sequence} is true`,
        )
        last = tick.sequence
        now.add(last)
      }
      const missed = [...before].filter(sequence => !now.has(sequence))
      assert.deepEqual(missed, [], `ticks of ${issue} that an earlier read had`)
      seen.set(issue, now)
      reads++
    }
  }
  const reading = readAll()
  // A failure is reported by `stop`.
  reading.catch(() => {})
  return {
    async stop() {
      isStopped = true
      await reading
      return reads
    },
  }
}

function assertSame(seen: Tick, fact: Tick | undefined, name: string): void {
  assert.deepEqual(identityOf(seen), fact && identityOf(fact), name)
  assert.ok(boardsEqual(seen.board, fact!.board), `${name}: sequence ${seen.sequence}`)
}

function identityOf({ tradingDate, line, sequence, time, trade, lost }: Tick): object {
  return { tradingDate, line, sequence, time, trade, lost }
}
