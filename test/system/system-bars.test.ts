/** Tests the client's bars on the real processes: they equal the bars of the exchange's own ticks to the last digit. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BarEvent } from '../../client/itastream.ts'
import type { SyntheticSource } from '../../local/local-market.ts'
import { type System, startSystem } from '../../local/system.ts'
import { type BarInterval, INTERVALS } from '../../market/bar-times.ts'
import { type BarJson, barToJson, joinMinutes, minuteBarsOf } from '../../market/bars.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import { dayBarOf } from '../../market/day-bar.ts'
import { dayPricesOf } from '../../market/day-prices.ts'
import { momentFromIso, momentOf } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import { asTradingDate } from '../../market/units.ts'
import { until } from '../until.ts'
import { marketWithHistory } from './system-market.ts'
import { type Truth, tellTruth } from './system-truth.ts'

const DATE = asTradingDate(20261120)
const HOURS = RULES.hoursOf(DATE)
/** Market seconds in a real second: minutes become final while the ticks of the moment of joining are being stored. */
const SPEED = 3
/** Bars of a minute that must become final after the client has joined. */
const MINUTES_AFTER_JOINING = 1
/** Time limit for them, ms: the ticks of the moment of joining are stored after one to two real minutes. */
const FINAL_LIMIT_MS = 220_000

/** Returns the bars of all ticks. */
async function barsOf(ticks: readonly Tick[], interval: Exclude<BarInterval, '1d'>): Promise<BarJson[]> {
  async function* each(): AsyncGenerator<Tick> {
    yield* ticks
  }
  const minutes = await minuteBarsOf(HOURS, each())
  return joinMinutes(HOURS, minutes, INTERVALS[interval]).map(bar => barToJson(DATE, bar))
}

suite('bars of the whole system', () => {
  let system: System<SyntheticSource>

  before(async () => {
    system = await startSystem({
      market: marketWithHistory({ issues: 12, rate: 40, seed: 23, live: 9.25 * 3_600_000_000, speed: SPEED }),
      ports: { web: 0, websocket: 0, http: 0, issuer: 0 },
      progress: () => {},
      log: () => {},
    })
    await sleep(Math.max(0, system.time.liveAt - Date.now() + 1_000))
  })
  after(() => system.close())

  const now = (): number => system.clock.now() - momentOf(DATE, 0)
  const truthUntilNow = (): Truth => tellTruth(system.source.exchange, now())

  test('equal the bars of all ticks, from the history over the moment of joining to live bars', async t => {
    const client = system.connect()
    t.after(client.close)
    // The busiest issues come first.
    const code = system.issues[0]!.code
    const joined = now()
    const minutes: BarEvent<'1m'>[] = []
    const fives: BarEvent<'5m'>[] = []
    const days: BarEvent<'1d'>[] = []
    client.bars(code, '1m', event => minutes.push(event))
    client.bars(code, '5m', event => fives.push(event))
    client.bars(code, '1d', event => days.push(event))
    const startOf = ({ bar }: BarEvent<'1m'>): number => momentFromIso(bar.time)! - momentOf(DATE, 0)
    const minutesAfter = () => minutes.filter(event => event.final && startOf(event) > joined)
    await until(
      // The three read the history at different moments.
      () =>
        minutesAfter().length >= MINUTES_AFTER_JOINING && fives.some(({ final }) => final) && days.length > 2,
      'final bars after joining',
      { limitMs: FINAL_LIMIT_MS, pollMs: 200 },
    )
    const ticks = truthUntilNow().ticksOf(code)
    for (const [interval, events] of [
      ['1m', minutes],
      ['5m', fives],
    ] as const) {
      const finals = events.filter(({ final }) => final).map(({ bar }) => bar)
      assert.deepEqual(finals, (await barsOf(ticks, interval)).slice(0, finals.length), interval)
    }
    for (const { bar } of days) {
      const tick = ticks.findLast(
        ({ board }) => dayBarOf(DATE, dayPricesOf({ board }, undefined))?.volume === bar.volume,
      )
      assert.deepEqual(bar, tick && dayBarOf(DATE, dayPricesOf(tick, undefined)))
    }
  })
})
