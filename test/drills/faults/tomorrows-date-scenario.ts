/** Scenario: connection B of a line carries the trading date of tomorrow. Connection A goes on, and its day stays right. */
import { setTimeout as sleep } from 'node:timers/promises'
import { boardsEqual } from '../../../market/board.ts'
import { timeOfDay } from '../../../market/moment.ts'
import { asTradingDate } from '../../../market/units.ts'
import { openStream } from '../../ingest-task/ingest-stream.ts'
import { MARKET, marketClock, openLines, runIngest, statesOf } from '../../ingest-task/line-and-stream.ts'
import { openTruth, ticksOf } from '../../ingest-task/line-truth.ts'
import type { Outcome, Scenario } from './scenario.ts'

const TOMORROW = asTradingDate(MARKET.tradingDate + 1)
const RUN_MS = 4000

export const tomorrowsDate: Scenario = {
  name: 'trading-date-of-tomorrow',
  fault: 'one connection of a line carries the trading date of tomorrow',
  run: runTomorrow,
}

async function runTomorrow(seed: number): Promise<Outcome> {
  await using resources = new AsyncDisposableStack()
  const stream = resources.adopt(await openStream(), opened => opened.close())
  const clock = marketClock()
  const line = (seed % 3) + 1
  const right = resources.adopt(await openLines(clock), opened => opened.close())
  const early = resources.adopt(await openLines(clock, TOMORROW), opened => opened.close())
  const task = runIngest(stream, clock, line, [right.ports[line - 1]!, early.ports[line - 1]!])
  await sleep(RUN_MS)
  const { state } = task.stats().line
  await task.close()
  const ofB = task.log.filter(({ details }) => details.connection === 'B')
  if (ofB.length === 0) throw new Error('expected a login on connection B, got none')
  const envelopes = await stream.envelopes()
  const facts = openTruth(MARKET).of(line, timeOfDay(clock.now()))
  const ticks = ticksOf(envelopes, line)
  const wrong = ticks.filter(
    ({ tradingDate, sequence, board, time }) =>
      tradingDate !== MARKET.tradingDate ||
      time !== facts[sequence]?.time ||
      !boardsEqual(board, facts[sequence].board),
  ).length
  const sequences = new Set(ticks.map(({ sequence }) => sequence))
  const from = Math.min(...ticks.filter(({ trade }) => trade !== undefined).map(({ sequence }) => sequence))
  const lost = facts.filter(
    (fact, sequence) =>
      fact !== undefined && sequence >= from && sequence < Math.max(...sequences) && !sequences.has(sequence),
  ).length
  const isStarved =
    ticks.length === 0 ||
    state !== 'live' ||
    statesOf(envelopes, line).filter(name => name === 'live').length !== 1
  return {
    wrong,
    lost,
    starved: isStarved ? 1 : 0,
    measured: `${ticks.length} ticks of today, B refused ${ofB.length} times`,
  }
}
