/** The end of a lane in which several tasks have published, one after the other or at the same time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Found, laneTail } from '../../../ingest-task/publish/lane-tail.ts'
import { decodeEnvelope, decodeHeader } from '../../../market/codec/envelope.ts'
import { laneOf } from '../../../market/lane.ts'
import type { Tick } from '../../../market/tick.ts'
import { LANES } from '../../functions/stored-lanes.ts'
import { taskStream } from '../../functions/task-stream.ts'

const scenario = taskStream({ minLength: 1, maxLength: 60 }).chain(({ ticks, envelopes }) =>
  fc.record({
    ticks: fc.constant(ticks),
    envelopes: fc.constant(envelopes),
    /** Ends of the stream at which a task starts. */
    ends: fc.array(fc.integer({ min: 1, max: envelopes.length }), { minLength: 1, maxLength: 6 }),
    from: fc.nat(),
  }),
)

const foundOf = (envelopes: readonly Uint8Array[], lane: number): Found[] =>
  envelopes.map(bytes => ({ ...decodeHeader(bytes), bytes })).filter(({ header }) => header.lane === lane)

const newestEpoch = (found: readonly Found[]): number => Math.max(...found.map(({ header }) => header.epoch))

const withoutTrade = ({ trade: _, ...board }: Tick): Tick => board

test('a task goes on where the newest task of the lane has ended, with the true boards, and loses no tick', () => {
  let replaced = 0
  fc.assert(
    fc.property(scenario, ({ ticks, envelopes, ends }) => {
      for (const end of ends) {
        for (let lane = 0; lane < LANES; lane++) {
          const found = foundOf(envelopes.slice(0, end), lane)
          const newest = found.toSorted(
            (a, b) => a.header.epoch - b.header.epoch || a.header.counter - b.header.counter,
          )
          const { header } = newest.at(-1) ?? {}
          const tail = laneTail(found)
          if (header === undefined || header.position === 0) {
            assert.ok('reason' in tail)
            continue
          }
          assert.ok(!('reason' in tail), JSON.stringify(tail))
          assert.deepEqual(tail.last, header)
          if (new Set(found.map(({ header }) => header.epoch)).size > 1) replaced++
          const own = ticks.filter(({ board }) => laneOf(board.issue, LANES) === lane)
          const published = new Set(
            found.flatMap(({ bytes }) => {
              const envelope = decodeEnvelope(bytes)
              return envelope.kind === 'ticks' ? envelope.ticks.map(({ sequence }) => sequence) : []
            }),
          )
          const known = own.filter(({ sequence }) => sequence <= Math.max(tail.sequence, header.position))
          assert.deepEqual(
            known.filter(({ sequence }) => !published.has(sequence)),
            [],
          )
          const latest = new Map(
            own
              .filter(({ sequence }) => sequence <= tail.sequence)
              .map(tick => [tick.board.issue, withoutTrade(tick)]),
          )
          const bySequence = (a: Tick, b: Tick): number => a.sequence - b.sequence
          assert.deepEqual(tail.boards.toSorted(bySequence), [...latest.values()].toSorted(bySequence))
        }
      }
    }),
    { numRuns: 300 },
  )
  assert.ok(replaced > 100, `${replaced} lanes of several tasks`)
})

test('envelopes that lack the start of a chain are read further back, and never give a wrong board', () => {
  fc.assert(
    fc.property(scenario, ({ ticks, envelopes, ends: [end = 1], from }) => {
      const read = envelopes.slice(from % end, end)
      for (let lane = 0; lane < LANES; lane++) {
        const [found, all] = [foundOf(read, lane), foundOf(envelopes.slice(0, end), lane)]
        const [tail, whole] = [laneTail(found), laneTail(all)]
        if ('reason' in tail) continue
        // A newer task that was not read may not have a position yet.
        if ('reason' in whole) assert.ok(newestEpoch(found) < newestEpoch(all), whole.reason)
        for (const board of tail.boards) {
          assert.ok(board.sequence <= tail.sequence)
          assert.deepEqual(board, withoutTrade(ticks.find(({ sequence }) => sequence === board.sequence)!))
        }
      }
    }),
    { numRuns: 300 },
  )
})
