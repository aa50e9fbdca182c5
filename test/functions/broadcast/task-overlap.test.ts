/** What apps get while two tasks of a line publish, one after the other or at the same time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { changeText } from '../../../functions/broadcast/update-text.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import { decodeEnvelope } from '../../../market/codec/envelope.ts'
import { trueTrades } from '../../market/trade-truth.ts'
import { ISSUES, openSender, slicesOf } from '../stored-market.ts'
import { taskStream } from '../task-stream.ts'
import { openRounds } from './log-rounds.ts'
import { App } from './update-app.ts'
import { makeVisible, visibleTicks } from './visible-ticks.ts'

const deliveries = taskStream({ minLength: 1, maxLength: 60 }, makeVisible).chain(({ ticks, envelopes }) =>
  fc.record({
    ticks: fc.constant(ticks),
    rounds: slicesOf(envelopes),
    /** Envelopes before each round that are delivered again. */
    repeats: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 9 }),
  }),
)

test('apps notice nothing of a take-over: one whole board an issue, then differences, and every trade once', () => {
  fc.assert(
    fc.property(deliveries, ({ ticks, rounds, repeats }) => {
      const log = openRounds()
      const app = new App()
      const wholes = new Map<string, number>()
      let delivered: Uint8Array[] = []
      for (const [index, round] of rounds.entries()) {
        const repeated = delivered.slice(
          delivered.length - Math.min(delivered.length, repeats[index % repeats.length]!),
        )
        delivered = [...delivered, ...round]
        for (const bytes of [...repeated, ...round]) log.take(decodeEnvelope(bytes))
        for (const update of log.finish()) {
          const { issue } = update.tick.board
          if (update.follows === undefined) wholes.set(issue, (wholes.get(issue) ?? 0) + 1)
          assert.equal(update.lost, false)
          app.take(JSON.parse(changeText(update, 'board')))
        }
      }
      for (const issue of ISSUES) {
        const last = ticks.findLast(tick => tick.board.issue === issue)
        assert.deepEqual(app.boards.get(issue), last && boardInView(last, 'board'))
        assert.equal(wholes.get(issue), last && 1, `whole boards of ${issue}`)
      }
      const trades = trueTrades(ticks)
      assert.deepEqual(
        app.trades.toSorted((a, b) => a.sequence - b.sequence),
        trades,
      )
      assert.equal(app.breaks, 0)
    }),
  )
})

test('a task with another number of lanes starts with whole boards; the replaced task changes nothing', () => {
  const changed = fc.record({
    ticks: visibleTicks({ minLength: 3, maxLength: 60 }),
    lanes: fc.constantFrom([2, 3], [3, 2], [1, 2], [2, 1]),
    cut: fc.nat(),
    late: fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 9 }),
  })
  fc.assert(
    fc.property(changed, ({ ticks, lanes: [before, after], cut, late }) => {
      const old = openSender(1, undefined, 1, before)
      const at = 1 + (cut % (ticks.length - 1))
      const stream = old.send(ticks.slice(0, at))
      const { boards, position } = old.published()
      const next = openSender(2, { last: new Map(), boards, position }, 1, after)
      stream.push(...next.keyFrames())
      // The replaced task goes on, and may be ahead of the new task.
      let [sent, sentLate] = [at, at]
      for (let turn = 0; sent < ticks.length; turn++) {
        const lateTo = sentLate + late[turn % late.length]!
        stream.push(...old.send(ticks.slice(sentLate, lateTo)), ...next.send(ticks.slice(sent, sent + 2)))
        sentLate = lateTo
        sent += 2
      }
      const log = openRounds()
      const app = new App()
      for (const bytes of stream) {
        log.take(decodeEnvelope(bytes))
        for (const update of log.finish()) app.take(JSON.parse(changeText(update, 'board')))
      }
      for (const issue of ISSUES) {
        const last = ticks.findLast(tick => tick.board.issue === issue)
        assert.deepEqual(app.boards.get(issue), last && boardInView(last, 'board'))
      }
      const trades = trueTrades(ticks)
      assert.deepEqual(
        app.trades.toSorted((a, b) => a.sequence - b.sequence),
        trades,
      )
    }),
  )
})
