import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createConflater, MAX_TRADES_PER_UPDATE } from '../../../functions/broadcast/conflate.ts'
import { changeText, wholeText } from '../../../functions/broadcast/update-text.ts'
import { applyChanges, type BoardJson, type TradeJson } from '../../../market/board-json.ts'
import { boardToJson, tradeToJson } from '../../../market/board-to-json.ts'
import { decodeEnvelope } from '../../../market/envelope.ts'
import type { Update } from '../../../market/protocol.ts'
import type { Tick } from '../../../market/tick.ts'
import { envelopesOf, ISSUES, sampleTicks, slicesOf, ticksOfLine } from '../market.ts'

/** An app that follows the rules of the protocol. */
class App {
  readonly boards = new Map<string, BoardJson>()
  readonly trades: TradeJson[] = []
  breaks = 0

  take(update: Update): void {
    this.trades.push(...(update.trades ?? []))
    if ('board' in update) {
      const held = this.boards.get(update.board.issue)
      if (held === undefined || update.board.sequence > held.sequence)
        this.boards.set(update.board.issue, update.board)
      return
    }
    const held = this.boards.get(update.issue)
    if (held === undefined || held.sequence < update.follows) this.breaks++
    else if (held.sequence < update.sequence) {
      const { sequence, time } = update

      this.boards.set(update.issue, applyChanges(held, update.changes, { sequence, time }))
    }
  }
}

const play = (conflater: ReturnType<typeof createConflater>, envelopes: readonly Uint8Array[]) => {
  for (const bytes of envelopes) conflater.take(decodeEnvelope(bytes))
  return conflater.finish()
}

const market = ticksOfLine({ minLength: 1, maxLength: 60 }).chain(ticks =>
  slicesOf(ticks)
    .map(slices => envelopesOf(slices))
    .chain(envelopes => fc.record({ ticks: fc.constant(ticks), rounds: slicesOf(envelopes) })),
)
const lastOf = (ticks: readonly Tick[], issue: string): Tick | undefined =>
  ticks.findLast(tick => tick.board.issue === issue)

test('an app that applies the updates of every round has the true boards, and every trade once', () => {
  fc.assert(
    fc.property(market, ({ ticks, rounds }) => {
      const conflater = createConflater()
      const app = new App()
      for (const round of rounds) {
        for (const update of play(conflater, round)) app.take(JSON.parse(changeText(update)))
      }
      for (const issue of ISSUES) {
        const last = lastOf(ticks, issue)
        assert.deepEqual(app.boards.get(issue), last && boardToJson(last))
        assert.equal(conflater.latest(issue)?.sequence, last?.sequence)
      }
      const bySequence = (a: TradeJson, b: TradeJson): number => a.sequence - b.sequence
      const trades = ticks.flatMap(tick => (tick.trade === undefined ? [] : [tradeToJson(tick, tick.trade)]))
      assert.deepEqual(app.trades.toSorted(bySequence), trades)
      assert.equal(app.breaks, 0)
    }),
  )
})

test('an app that holds a board from the middle of a round gets the true one by the round’s difference', () => {
  fc.assert(
    fc.property(market, fc.nat(), ({ ticks, rounds }, choice) => {
      const conflater = createConflater()
      for (const round of rounds) {
        for (const update of play(conflater, round)) {
          const { follows, tick } = update
          if (follows === undefined) continue
          const { issue } = tick.board
          const between = ticks.filter(
            t => t.board.issue === issue && t.sequence >= follows && t.sequence < tick.sequence,
          )
          const app = new App()
          app.boards.set(issue, boardToJson(between[choice % between.length]!))
          app.take(JSON.parse(changeText(update)))
          assert.deepEqual(app.boards.get(issue), boardToJson(tick))
        }
      }
    }),
  )
})

test('after lost envelopes nothing wrong is sent: whole boards heal what a difference could not', () => {
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
      const conflater = createConflater()
      const app = new App()
      let count = 0
      for (const round of rounds) {
        const arriving = round.flatMap(envelope => {
          const index = count++
          if (lost[index % lost.length]) return []
          return repeated[index % repeated.length] ? [envelope, envelope] : [envelope]
        })
        for (const update of play(conflater, arriving)) app.take(JSON.parse(changeText(update)))
      }
      for (const [issue, board] of app.boards) {
        const tick = ticks.find(t => t.board.issue === issue && t.sequence === board.sequence)
        assert.deepEqual(board, tick && boardToJson(tick))
        assert.equal(board.sequence, conflater.latest(issue)?.sequence)
      }
      assert.equal(app.breaks, 0)
    }),
  )
})

test('what comes again, late, or from a process that was replaced, moves no issue back', () => {
  fc.assert(
    fc.property(market, fc.integer({ min: 1, max: 3 }), ({ ticks, rounds }, cut) => {
      const all = rounds.flat()
      const old = envelopesOf([ticks.slice(0, Math.ceil(ticks.length / cut))], 0)
      const conflater = createConflater()
      play(conflater, all)
      assert.deepEqual(play(conflater, [...all, ...old]), [])
      for (const issue of ISSUES)
        assert.equal(conflater.latest(issue)?.sequence, lastOf(ticks, issue)?.sequence)
    }),
  )
})

test('a new process of the line begins with whole boards, and its repeats change nothing', () => {
  const ticks = sampleTicks(40)
  const conflater = createConflater()
  play(conflater, envelopesOf([ticks.slice(0, 30)], 1))
  const updates = play(conflater, envelopesOf([ticks.slice(20)], 2))
  assert.ok(updates.length > 0)
  for (const update of updates) {
    assert.equal(update.follows, undefined)
    assert.ok(update.tick.sequence > ticks[29]!.sequence)
  }
})

test('high and low are those of the round’s trades', () => {
  fc.assert(
    fc.property(market, ({ rounds }) => {
      const conflater = createConflater()
      for (const update of play(conflater, rounds.flat())) {
        const whole = JSON.parse(wholeText(update)) as Update
        const prices = (whole.trades ?? []).map(trade => trade.price)
        assert.equal(whole.high, prices.length === 0 ? undefined : Math.max(...prices))
        assert.equal(whole.low, prices.length === 0 ? undefined : Math.min(...prices))
      }
    }),
  )
})

test('a round with very many trades of one issue becomes updates that follow each other', () => {
  const first = sampleTicks(1)[0]!
  const count = 2 * MAX_TRADES_PER_UPDATE + 10
  const ticks = Array.from({ length: count }, (_, i) => ({
    ...first,
    sequence: first.sequence + i,
    time: first.time + i,
    trade: { price: 10_000_000 + i * 10_000, quantity: 100 },
  }))
  const conflater = createConflater()
  const updates = play(conflater, envelopesOf([ticks]))
  assert.deepEqual(
    updates.map(update => update.trades.length),
    [MAX_TRADES_PER_UPDATE, MAX_TRADES_PER_UPDATE, 10],
  )
  const app = new App()
  for (const update of updates) app.take(JSON.parse(changeText(update)))
  assert.equal(app.breaks, 0)
  assert.equal(app.trades.length, count)
  assert.deepEqual(app.boards.get(first.board.issue), boardToJson(ticks.at(-1)!))
})
