import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ContentOutlet } from '../../../ingest-task/content-handler.ts'
import { Keeper } from '../../../ingest-task/standby/keeper.ts'
import { laneOf } from '../../../market/lane.ts'
import type { MarketEvent } from '../../../market/market-event.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis, asTradingDate, type TradingDate } from '../../../market/units.ts'
import type { PublishedPlace } from '../../../tables/control/lease-item.ts'
import { DATE, LINE, tickOf } from '../publish/put-server.ts'

const LANES = 2
const NEXT_DATE = asTradingDate(20261124)
const newsOf = (headline: string): MarketEvent => ({ type: 'news', time: '09:00', headline, issues: [] })

function openKeeper() {
  const dropped: number[] = []
  const time = { now: 0 }
  const keeper = new Keeper({
    line: LINE,
    lanes: LANES,
    dropped: bytes => dropped.push(bytes),
    now: () => time.now,
  })
  return { keeper, dropped, time }
}

/** A place up to which all lanes are published, or as far as each lane is. */
function placeOf(
  position: number,
  sequences: readonly number[],
  tradingDate: TradingDate = DATE,
): PublishedPlace {
  const lanes = sequences.map(sequence => ({ epoch: asEpochMillis(1), counter: 1, sequence }))
  return { tradingDate, position, reached: Math.min(...sequences), lanes }
}

/** Returns what a keeper gives to a publisher. */
function replayOf(keeper: Keeper, place: PublishedPlace) {
  const ticks: Tick[] = []
  const events: MarketEvent[] = []
  const positions: number[][] = []
  const publisher: ContentOutlet = {
    tick: (tick, live) => void (live && ticks.push(tick)),
    events: (_, some) => void events.push(...some),
    position: (_, position, reached) => void positions.push([position, reached]),
    complete() {},
    stats: keeper.stats,
  }
  keeper.replay(place, publisher)
  return { ticks, events, positions }
}

interface Step {
  /** Ticks of the frame. */
  readonly ticks: number
  readonly hasNews: boolean
  /** Milliseconds until the frame. */
  readonly wait: number
  /** How many positions the place that the holder reports is behind; undefined without a report. */
  readonly behind: number | undefined
}

const step: fc.Arbitrary<Step> = fc.record({
  ticks: fc.integer({ min: 0, max: 40 }),
  hasNews: fc.boolean(),
  wait: fc.integer({ min: 0, max: 300 }),
  behind: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
})

test('a replay gives exactly the ticks and news after the place of the holder, each lane in order', () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 0, max: 3 }),
      (steps, ahead) => {
        const { keeper, time } = openKeeper()
        keeper.position(DATE, 100, 0)
        const all: Tick[] = []
        const news: { readonly headline: string; readonly position: number }[] = []
        /** The counter of the last message at each position. */
        const reached = [0]
        let last = placeOf(100, [0, 0])
        for (const [index, { ticks, hasNews, wait, behind }] of steps.entries()) {
          time.now += wait
          for (let count = 0; count < ticks; count++) {
            const tick = tickOf(all.length + 1)
            all.push(tick)
            keeper.tick(tick)
          }
          const position = 101 + index
          if (hasNews) {
            news.push({ headline: `news ${index}`, position })
            keeper.events(DATE, [newsOf(`news ${index}`)])
          }
          reached.push(all.length)
          keeper.position(DATE, position, all.length)
          const reported = position - (behind ?? 0)
          if (behind === undefined || reported < last.position) continue
          const counter = reached[reported - 100]!
          // A lane may be further than the slowest one.
          last = placeOf(reported, [
            counter,
            Math.max(last.lanes[1]!.sequence, Math.min(all.length, counter + ahead)),
          ])
          keeper.drop(last)
        }
        assert.ok(keeper.covers(last))
        const { ticks, events, positions } = replayOf(keeper, last)
        for (let lane = 0; lane < LANES; lane++) {
          const ofLane = (some: readonly Tick[]) =>
            some.filter(({ board }) => laneOf(board.issue, LANES) === lane)
          const expected = ofLane(all).filter(({ sequence }) => sequence > last.lanes[lane]!.sequence)
          assert.deepEqual(ofLane(ticks), expected)
        }
        const late = news.filter(({ position }) => position > last.position)
        assert.deepEqual(
          events,
          late.map(({ headline }) => newsOf(headline)),
        )
        assert.deepEqual(positions, [[100 + steps.length, all.length]])
      },
    ),
    { numRuns: 200 },
  )
})

test('a keeper covers only what it has kept since boards were whole, on its trading date and with its lanes', () => {
  const { keeper } = openKeeper()
  assert.equal(keeper.covers(placeOf(1, [0, 0])), false)
  // Ticks of a snapshot: boards are not whole yet.
  keeper.position(DATE, 0, 0)
  keeper.tick(tickOf(1))
  assert.equal(keeper.bytes, 0)
  keeper.position(DATE, 7, 70)
  assert.equal(keeper.covers(undefined), false)
  assert.equal(keeper.covers(placeOf(6, [70, 70])), false)
  assert.equal(keeper.covers(placeOf(7, [69, 70])), false)
  assert.equal(keeper.covers(placeOf(7, [70, 70])), true)
  assert.equal(keeper.covers(placeOf(8, [90, 90])), true)
  assert.equal(keeper.covers(placeOf(8, [90, 90], NEXT_DATE)), false)
  assert.equal(keeper.covers(placeOf(8, [90, 90, 90])), false)
  keeper.tick(tickOf(71))
  keeper.position(DATE, 0, 0)
  assert.deepEqual([keeper.covers(placeOf(8, [90, 90])), keeper.bytes], [false, 0])
  keeper.position(NEXT_DATE, 3, 30)
  assert.equal(keeper.covers(placeOf(3, [30, 30], NEXT_DATE)), true)
})

test('a keeper keeps news and phases, and no states, lists of issues and progress', () => {
  const { keeper } = openKeeper()
  keeper.position(DATE, 1, 0)
  const phase: MarketEvent = { type: 'phase', time: '09:00', phase: 'morning' }
  keeper.events(DATE, [phase, { type: 'line', line: LINE, state: 'live', since: '09:00' }])
  keeper.events(DATE, [{ type: 'issues', line: LINE, tradingDate: DATE, part: 0, parts: 1, issues: [] }])
  keeper.complete()
  assert.deepEqual(replayOf(keeper, placeOf(1, [0, 0])).events, [phase])
  keeper.position(DATE, 2, 0)
  assert.deepEqual(replayOf(keeper, placeOf(1, [0, 0])).events, [phase])
  assert.deepEqual(replayOf(keeper, placeOf(2, [0, 0])).events, [])
})

test('a keeper drops everything above its bound, and covers again what comes after', () => {
  const { keeper, dropped } = openKeeper()
  keeper.position(DATE, 1, 0)
  let sequence = 0
  while (dropped.length === 0) {
    for (let count = 0; count < 2_000; count++) keeper.tick(tickOf(++sequence))
    keeper.position(DATE, 1 + sequence, sequence)
    assert.ok(keeper.bytes <= 8 * 1024 * 1024, `${keeper.bytes} bytes`)
  }
  assert.ok(dropped[0]! > 8 * 1024 * 1024)
  assert.equal(keeper.bytes, 0)
  assert.equal(keeper.covers(placeOf(sequence, [sequence - 1, sequence - 1])), false)
  keeper.tick(tickOf(sequence + 1))
  const place = placeOf(sequence + 1, [sequence, sequence])
  assert.equal(keeper.covers(place), true)
  assert.deepEqual(
    replayOf(keeper, place).ticks.map(tick => tick.sequence),
    [sequence + 1],
  )
})
