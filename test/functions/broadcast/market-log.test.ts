import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_TRADES_PER_UPDATE } from '../../../functions/broadcast/issue-log.ts'
import { changeText, wholeText } from '../../../functions/broadcast/update-text.ts'
import { copyBoard, F } from '../../../market/board.ts'
import type { TradeJson } from '../../../market/board-json.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import { decodeEnvelope } from '../../../market/codec/envelope.ts'
import type { Update } from '../../../market/protocol.ts'
import type { Tick } from '../../../market/tick.ts'
import { trueTrades } from '../../market/trade-truth.ts'
import { envelopesOf, ISSUES, openSender, slicesOf } from '../stored-market.ts'
import { openRounds } from './log-rounds.ts'
import { App } from './update-app.ts'
import { visibleSample, visibleTicks } from './visible-ticks.ts'

const play = (log: ReturnType<typeof openRounds>, envelopes: readonly Uint8Array[]) => {
  for (const bytes of envelopes) log.take(decodeEnvelope(bytes))
  return log.finish()
}

const market = visibleTicks({ minLength: 1, maxLength: 60 }).chain(ticks =>
  slicesOf(ticks)
    .map(slices => envelopesOf(slices))
    .chain(envelopes => fc.record({ ticks: fc.constant(ticks), rounds: slicesOf(envelopes) })),
)
const lastOf = (ticks: readonly Tick[], issue: string): Tick | undefined =>
  ticks.findLast(tick => tick.board.issue === issue)

test('an app that applies the updates of every round has the right boards, and every trade once', () => {
  fc.assert(
    fc.property(market, ({ ticks, rounds }) => {
      const log = openRounds()
      const app = new App()
      for (const round of rounds) {
        for (const update of play(log, round)) app.take(JSON.parse(changeText(update, 'board')))
      }
      for (const issue of ISSUES) {
        const last = lastOf(ticks, issue)
        assert.deepEqual(app.boards.get(issue), last && boardInView(last, 'board'))
        assert.equal(log.latest(issue)?.sequence, last?.sequence)
      }
      const bySequence = (a: TradeJson, b: TradeJson): number => a.sequence - b.sequence
      const trades = trueTrades(ticks)
      assert.deepEqual(app.trades.toSorted(bySequence), trades)
      assert.equal(app.breaks, 0)
    }),
  )
})

test('an app with a board from the middle of a round gets the right board from the difference of the round', () => {
  fc.assert(
    fc.property(market, fc.nat(), ({ ticks, rounds }, choice) => {
      const log = openRounds()
      for (const round of rounds) {
        for (const update of play(log, round)) {
          const { follows, tick } = update
          if (follows === undefined) continue
          const { issue } = tick.board
          const between = ticks.filter(
            t => t.board.issue === issue && t.sequence >= follows && t.sequence < tick.sequence,
          )
          const app = new App()
          app.boards.set(issue, boardInView(between[choice % between.length]!, 'board'))
          app.take(JSON.parse(changeText(update, 'board')))
          assert.deepEqual(app.boards.get(issue), boardInView(tick, 'board'))
        }
      }
    }),
  )
})

test('after lost envelopes the updates are whole boards, so no board is wrong', () => {
  const lossy = market.chain(({ ticks, rounds }) =>
    fc.record({
      ticks: fc.constant(ticks),
      rounds: fc.constant(rounds),
      lost: fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
      repeated: fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
    }),
  )
  fc.assert(
    fc.property(lossy, ({ ticks, rounds, lost, repeated }) => {
      const log = openRounds()
      const app = new App()
      let count = 0
      for (const round of rounds) {
        const arriving = round.flatMap(envelope => {
          const index = count++
          if (lost[index % lost.length]) return []
          return repeated[index % repeated.length] ? [envelope, envelope] : [envelope]
        })
        for (const update of play(log, arriving)) app.take(JSON.parse(changeText(update, 'board')))
      }
      for (const [issue, board] of app.boards) {
        const tick = ticks.find(t => t.board.issue === issue && t.sequence === board.sequence)
        assert.deepEqual(board, tick && boardInView(tick, 'board'))
        assert.equal(board.sequence, log.latest(issue)?.sequence)
      }
      assert.equal(app.breaks, 0)
    }),
  )
})

test('repeated, late and outdated envelopes move no issue back', () => {
  fc.assert(
    fc.property(market, fc.integer({ min: 1, max: 3 }), ({ ticks, rounds }, cut) => {
      const all = rounds.flat()
      const old = envelopesOf([ticks.slice(0, Math.ceil(ticks.length / cut))], 0)
      const log = openRounds()
      play(log, all)
      assert.deepEqual(play(log, [...all, ...old]), [])
      for (const issue of ISSUES) assert.equal(log.latest(issue)?.sequence, lastOf(ticks, issue)?.sequence)
    }),
  )
})

test('a new process of the line starts with whole boards, and its repeated ticks change nothing', () => {
  const ticks = visibleSample(40)
  const log = openRounds()
  play(log, envelopesOf([ticks.slice(0, 30)], 1))
  const updates = play(log, envelopesOf([ticks.slice(20)], 2))
  assert.ok(updates.length > 0)
  for (const update of updates) {
    assert.equal(update.follows, undefined)
    assert.ok(update.tick.sequence > ticks[29]!.sequence)
  }
})

test('a new process that continues the lane causes no gap: its updates are differences', () => {
  fc.assert(
    fc.property(visibleTicks({ minLength: 2, maxLength: 60 }), fc.nat(), (ticks, choice) => {
      const cut = 1 + (choice % (ticks.length - 1))
      const log = openRounds()
      const old = openSender(1)
      play(log, old.send(ticks.slice(0, cut)))
      const published = new Set(ticks.slice(0, cut).map(tick => tick.board.issue))
      // The new process reads the line from a point shortly before the last published tick.
      const updates = play(log, openSender(2, old.published()).send(ticks.slice(Math.max(0, cut - 5))))
      for (const { tick, follows } of updates) {
        const { issue } = tick.board
        assert.equal(follows, published.has(issue) ? lastOf(ticks.slice(0, cut), issue)?.sequence : undefined)
      }
    }),
  )
})

test('a new process that follows an envelope that never came starts with whole boards', () => {
  const ticks = visibleSample(60)
  const log = openRounds()
  const old = openSender(1)
  play(log, old.send(ticks.slice(0, 30)))
  old.send(ticks.slice(30, 40))
  const app = new App()
  for (const issue of ISSUES) app.boards.set(issue, boardInView(log.latest(issue)!, 'board'))
  const updates = play(log, openSender(2, old.published()).send(ticks.slice(40)))
  for (const update of updates) {
    assert.equal(update.follows, undefined)
    app.take(JSON.parse(changeText(update, 'board')))
  }
  const trades = ticks.slice(40).flatMap(tick => (tick.trade === undefined ? [] : [tick.sequence]))
  assert.deepEqual(
    app.trades.map(trade => trade.sequence).toSorted((a, b) => a - b),
    trades,
  )
})

test('a key frame brings the missed issues once each, and the next update is a difference', () => {
  const lossy = visibleTicks({ minLength: 1, maxLength: 60 }).chain(ticks =>
    fc.record({
      ticks: fc.constant(ticks),
      slices: slicesOf(ticks),
      lost: fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
    }),
  )
  fc.assert(
    fc.property(lossy, ({ ticks, slices, lost }) => {
      const log = openRounds()
      const sender = openSender(1)
      let count = 0
      for (const slice of slices)
        play(
          log,
          sender.send(slice).filter(() => !lost[count++ % lost.length]),
        )
      const before = new Map(ISSUES.map(issue => [issue, log.latest(issue)?.sequence]))
      const frames = sender.keyFrames()
      const updates = play(log, frames)
      for (const { tick, follows, trades } of updates) {
        assert.deepEqual([follows, trades], [undefined, []])
        assert.notEqual(tick.sequence, before.get(tick.board.issue as (typeof ISSUES)[number]))
      }
      for (const issue of ISSUES) assert.equal(log.latest(issue)?.sequence, lastOf(ticks, issue)?.sequence)
      assert.deepEqual(play(log, [...frames, ...sender.keyFrames()]), [])
      const last = ticks.at(-1)!
      const board = copyBoard(last.board)
      board.values[F.under] = -1
      const next = { ...last, board, sequence: last.sequence + 1, time: last.time + 1 }
      assert.deepEqual(
        play(log, sender.send([next])).map(update => update.follows),
        [last.sequence],
      )
    }),
  )
})

test('only the update with the first tick after lost messages is marked as lost', () => {
  fc.assert(
    fc.property(market, fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }), ({ ticks }, marks) => {
      const marked = ticks.map((tick, index) =>
        marks[index % marks.length] ? { ...tick, lost: true as const } : tick,
      )
      const log = openRounds()
      const sender = openSender(1)
      const half = Math.ceil(marked.length / 2)
      for (const round of [marked.slice(0, half), marked.slice(half)]) {
        for (const update of play(log, sender.send(round))) {
          const { issue } = update.tick.board
          const expected = round.some(tick => tick.board.issue === issue && tick.lost) ? true : undefined
          assert.equal((JSON.parse(changeText(update, 'board')) as Update).lost, expected)
          assert.equal((JSON.parse(wholeText(update, 'board')) as Update).lost, expected)
        }
      }
    }),
  )
})

test('a view without trades has the highest and the lowest price of the trades of the round instead', () => {
  fc.assert(
    fc.property(market, ({ rounds }) => {
      const log = openRounds()
      for (const update of play(log, rounds.flat())) {
        const whole = JSON.parse(wholeText(update, 'quote')) as Update
        const prices = update.trades.map(({ trade }) => trade.price / 10_000)
        const traded = update.trades.reduce((sum, { trade }) => sum + trade.quantity, 0)
        assert.equal(whole.trades, undefined)
        assert.equal('traded' in whole ? whole.traded : 0, traded)
        assert.equal(whole.high, prices.length === 0 ? undefined : Math.max(...prices))
        assert.equal(whole.low, prices.length === 0 ? undefined : Math.min(...prices))
      }
    }),
  )
})

test('a round with too many trades of one issue becomes several updates that follow each other', () => {
  const first = visibleSample(1)[0]!
  const count = 2 * MAX_TRADES_PER_UPDATE + 10
  const ticks = Array.from({ length: count }, (_, i) => ({
    ...first,
    sequence: first.sequence + i,
    time: first.time + i,
    trade: { price: 10_000_000 + i * 10_000, quantity: 100 },
  }))
  const log = openRounds()
  const updates = play(log, envelopesOf([ticks]))
  assert.deepEqual(
    updates.map(update => update.trades.length),
    [MAX_TRADES_PER_UPDATE, MAX_TRADES_PER_UPDATE, 10],
  )
  const app = new App()
  for (const update of updates) app.take(JSON.parse(changeText(update, 'board')))
  assert.equal(app.breaks, 0)
  assert.equal(app.trades.length, count)
  assert.deepEqual(app.boards.get(first.board.issue), boardInView(ticks.at(-1)!, 'board'))
})
