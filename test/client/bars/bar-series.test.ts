import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import {
  type BarSeries,
  closesAt,
  emptySeries,
  isMissing,
  neededFrom,
  placeOf,
  type ShownBar,
  takeLive,
  takeMissed,
  takeStored,
} from '../../../client/bars/bar-series.ts'
import { timeOfIso } from '../../../client/bars/iso-parts.ts'
import { createBook } from '../../../client/board-book.ts'
import type { BoardEvent } from '../../../client/board-events.ts'
import { createMarketLog } from '../../../functions/broadcast/market-log.ts'
import { changeText } from '../../../functions/broadcast/update-text.ts'
import { INTERVALS } from '../../../market/bar-times.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import { decodeEnvelope, EnvelopeWriter } from '../../../market/codec/envelope.ts'
import { DAY_MICROSECONDS } from '../../../market/moment.ts'
import type { Update } from '../../../market/protocol.ts'
import { plainUpdate, type QuoteRow } from '../../../market/quote-row.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis, type Micros } from '../../../market/units.ts'
import { trueTrades } from '../../market/trade-truth.ts'
import { barsUpTo, DATE, ISSUE, issueDays, storedAt, wholeDays } from './issue-day.ts'

const END = DAY_MICROSECONDS - 1
const VIEW = 'quote-trades'

/** The server and the app's book: ticks become envelopes, rounds, updates and events. */
function openStream(ticks: readonly Tick[]) {
  const log = createMarketLog(() => true)
  const book = createBook()
  book.want(ISSUE, VIEW)
  let sent = 0
  let counter = 0
  /** Publishes ticks up to an index, and ends a round. */
  const publish = (to: number): void => {
    const part = ticks.slice(sent, to)
    sent = Math.max(sent, to)
    if (part.length === 0) return
    const writer = new EnvelopeWriter()
    for (const tick of part) writer.add(tick)
    const last = part.at(-1)!
    const position = { position: last.sequence, reached: last.sequence }
    const header = { line: 1, lane: 0, epoch: asEpochMillis(1), counter: ++counter, tradingDate: DATE }
    log.take(decodeEnvelope(writer.finish({ ...header, ...position })))
    log.endRound(asEpochMillis(0))
  }
  let round = 0
  return {
    get sent() {
      return sent
    },
    /** Publishes ticks round by round, and posts all rounds as one message. */
    post(counts: readonly number[]): BoardEvent[] {
      for (const count of counts) publish(sent + count)
      const updates = log.updatesSince(ISSUE, VIEW, round, true)
      round = log.round
      return updates.flatMap(update => {
        const json = JSON.parse(changeText(update, VIEW)) as Update | QuoteRow
        return book.apply(plainUpdate(json)) ?? []
      })
    },
    /** The connection misses ticks: a new one starts with the whole board. */
    miss(count: number): BoardEvent[] {
      publish(sent + count)
      round = log.round
      book.interrupt()
      const last = log.latest(ISSUE)
      return last === undefined ? [] : [book.apply({ board: boardInView(last, VIEW) }) ?? []].flat()
    },
  }
}

const step = fc.oneof(
  {
    arbitrary: fc.record({
      kind: fc.constant('post' as const),
      counts: fc.array(fc.nat(4), { maxLength: 3 }),
    }),
    weight: 6,
  },
  { arbitrary: fc.record({ kind: fc.constant('miss' as const), count: fc.nat(4) }), weight: 1 },
  {
    arbitrary: fc.record({ kind: fc.constant('ask' as const), behind: fc.nat(3) }),
    weight: 1,
  },
  // How many ticks the history is behind what was sent, and how long after the last of them it is read.
  {
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      behind: fc.nat(12),
      after: fc.oneof(fc.constant(0), fc.nat(100_000_000)),
    }),
    weight: 2,
  },
)
const intervals = fc.constantFrom(...Object.values(INTERVALS))

/** Plays a day and returns every bar that the app was shown. */
async function play(ticks: readonly Tick[], length: Micros, steps: readonly Step[]) {
  const stream = openStream(ticks)
  let series: BarSeries = emptySeries(length)
  const shown: ShownBar[] = []
  const live = (events: readonly BoardEvent[]): void => {
    for (const { board, trades, lost = false } of events) {
      const { sequence, time, volume = 0 } = board
      const taken = takeLive(series, { date: DATE, sequence, time: timeOfIso(time), volume, trades, lost })
      series = taken.series
      shown.push(...taken.bars)
    }
  }
  const read = async (until: number): Promise<void> => {
    const taken = takeStored(series, await storedAt(ticks, until, length, neededFrom(series)))
    series = taken.series
    shown.push(...taken.bars)
  }
  /** The server sends the trades from the known place to a tick. */
  const ask = (count: number): void => {
    const after = placeOf(series)?.sequence ?? 0
    const missed = ticks.slice(0, Math.max(0, count)).filter(({ sequence }) => sequence > after)
    const trades = trueTrades(ticks).filter(trade =>
      missed.some(({ sequence }) => sequence === trade.sequence),
    )
    const lost = missed.some(tick => tick.lost)
    const lostAt = lost ? { date: DATE, sequence: missed.at(-1)!.sequence } : undefined
    const taken = takeMissed(series, trades, lostAt)
    series = taken.series
    shown.push(...taken.bars)
  }
  for (const each of steps) {
    if (each.kind === 'post') live(stream.post(each.counts))
    else if (each.kind === 'ask') ask(stream.sent - each.behind)
    else if (each.kind === 'miss') live(stream.miss(each.count))
    else {
      const last = ticks[stream.sent - 1 - each.behind]?.time ?? 0
      // The history has no tick that is not published yet.
      const next = ticks[stream.sent]?.time ?? Number.POSITIVE_INFINITY
      await read(Math.min(last + each.after, next - 1, END))
    }
  }
  return {
    shown,
    get series() {
      return series
    },
    stream,
    live,
    read,
  }
}
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

suite('bars from the history and live trades', () => {
  test('are final once, in order, and then equal the stored bars to the last digit', async () => {
    await fc.assert(
      fc.asyncProperty(
        issueDays,
        intervals,
        fc.array(step, { maxLength: 40 }),
        async (ticks, length, steps) => {
          const played = await play(ticks, length, steps)
          const truth = await barsUpTo(ticks, END, length)
          const early = played.shown.filter(({ final }) => final).map(({ bar }) => bar)
          assert.deepEqual(early, truth.slice(0, early.length))
          played.live(played.stream.post([ticks.length]))
          await played.read(END)
          const finals = played.shown.filter(({ final }) => final).map(({ bar }) => bar)
          assert.deepEqual(finals, truth)
          assert.equal(isMissing(played.series), false)
          assert.equal(closesAt(played.series), undefined)
        },
      ),
    )
  })

  test('need the history only at the start if no trade is missing', async () => {
    const posts = fc.array(fc.array(fc.nat(4), { maxLength: 3 }), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(wholeDays, intervals, posts, async (ticks, length, posts) => {
        const played = await play(ticks, length, [
          { kind: 'read', behind: 0, after: 0 },
          ...posts.map(counts => ({ kind: 'post' as const, counts })),
          { kind: 'post', counts: [ticks.length] },
        ])
        assert.equal(isMissing(played.series), false)
        const truth = await barsUpTo(ticks, END, length)
        const open = new Map(played.shown.map(({ start, bar, final }) => [start, { bar, final }]))
        assert.deepEqual(
          Array.from(open.values(), ({ bar }) => bar),
          truth,
        )
        // All bars but the last are final, because a later tick proves it.
        const isFinal = Array.from(open.values(), ({ final }) => final)
        assert.ok(isFinal.slice(0, -1).every(Boolean))
      }),
    )
  })
})
