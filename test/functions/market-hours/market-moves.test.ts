import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PLAN } from '../../../cdk/plan.ts'
import { LEVELS } from '../../../contract/market-plan.ts'
import { hasTasks, movesTo, stepTo } from '../../../functions/market-hours/market-moves.ts'
import {
  type Found,
  KINDS,
  type Kind,
  type Move,
  nameOf,
  type Value,
  type Wanted,
} from '../../../functions/market-hours/market-resource.ts'
import { wantedValues } from '../../../functions/market-hours/wanted-values.ts'

const LINES = [1, 2, 3]
const CLOSED = { keepsAll: false, maintenance: false }
const OPEN = { ...CLOSED, keepsAll: true }
const wantedAt = (level: (typeof LEVELS)[number]): Wanted[] => wantedValues(PLAN.levels[level], LINES)
const level = fc.constantFrom(...LEVELS)

/** Any value that a person, an earlier plan or a half-finished run may have left. */
const anyOf: Record<Kind, fc.Arbitrary<Value>> = {
  tasks: fc.constantFrom(0, 1, 2, 3),
  shards: fc.integer({ min: 1, max: 200 }),
  reserved: fc.oneof(fc.constant('none' as const), fc.integer({ min: 0, max: 100 })),
  provisioned: fc.oneof(fc.constant('none' as const), fc.integer({ min: 0, max: 50 })),
  mapping: fc.boolean(),
  window: fc.integer({ min: 0, max: 300 }),
  warm: fc.integer({ min: 1, max: 50_000 }),
  canary: fc.boolean(),
  alarms: fc.constantFrom<Value>(true, false, 'some'),
}
const world: fc.Arbitrary<Found[]> = fc.tuple(
  ...wantedAt('peak').map(({ kind, name }) =>
    fc
      .record({ value: anyOf[kind], busy: fc.boolean(), running: fc.integer({ min: 0, max: 3 }) })
      .map(({ value, busy, running }): Found => {
        if (kind === 'tasks') return { kind, name, value, running }
        return { kind, name, value, ...(busy ? { busy } : {}) }
      }),
  ),
)

/** Returns the world after moves, when AWS has made them. */
function after(found: readonly Found[], moves: readonly Move[]): Found[] {
  return found.map(({ kind, name, value }) => {
    const to = moves.find(move => nameOf(move) === nameOf({ kind, name }))?.to ?? value
    return { kind, name, value: to, ...(kind === 'tasks' ? { running: Number(to) } : {}) }
  })
}

test('from any state the moves of a few runs lead to what is wanted, and then there are none', () => {
  fc.assert(
    fc.property(world, level, (start, target) => {
      const wanted = wantedAt(target)
      let found: Found[] = start
      // Shards take at most 8 runs from 200 to 1; tasks that stop hold consumers back for one more.
      for (let run = 0; run < 10; run++) found = after(found, movesTo(wanted, found, CLOSED))
      assert.deepEqual(movesTo(wanted, found, CLOSED), [])
      for (const { kind, name, value } of wanted) {
        const got = found.find(each => each.kind === kind && each.name === name)?.value
        if (kind === 'warm') assert.ok(Number(got) >= Number(value))
        else assert.equal(got, value, `${kind} ${name}`)
      }
    }),
  )
})

test('consumers get larger before tasks start, and smaller only when no task runs any more', () => {
  const consumers: ReadonlySet<Kind> = new Set(['reserved', 'provisioned', 'mapping', 'shards'])
  const size = (value: Value): number => (value === 'none' ? 0 : Number(value))
  fc.assert(
    fc.property(world, level, (found, target) => {
      const wanted = wantedAt(target)
      const moves = movesTo(wanted, found, CLOSED)
      const firstStart = moves.findIndex(({ kind, from, to }) => kind === 'tasks' && to > from)
      const lastUp = moves.findLastIndex(({ kind, from, to }) => consumers.has(kind) && size(to) > size(from))
      assert.ok(firstStart < 0 || lastUp < firstStart)
      const stopsAll = PLAN.levels[target].tasks === 0
      const runs = found.some(
        ({ kind, value, running = 0 }) => kind === 'tasks' && (Number(value) > 0 || running > 0),
      )
      const shrinks = moves.filter(({ kind, from, to }) => consumers.has(kind) && size(to) < size(from))
      if (stopsAll && runs) assert.deepEqual(shrinks, [])
    }),
  )
})

test('while the market is open nothing that it needs becomes less', () => {
  fc.assert(
    fc.property(world, level, (found, target) => {
      for (const { kind, from, to } of movesTo(wantedAt(target), found, OPEN))
        if (['tasks', 'shards', 'reserved', 'mapping', 'alarms'].includes(kind))
          assert.ok(
            to === true || (to !== 'none' && Number(to) >= (from === 'none' ? 0 : Number(from))),
            kind,
          )
    }),
  )
})

test('a value that AWS is changing, or that could not be read, is left alone', () => {
  const wanted = wantedAt('peak')
  const busy = wantedAt('asleep').map(value => ({ ...value, busy: true }))
  assert.deepEqual(movesTo(wanted, busy, CLOSED), [])
  assert.deepEqual(movesTo(wanted, [], CLOSED), [])
})

test('an order of moves by hand: asleep to peak, and back in two runs', () => {
  const kinds = (moves: readonly Move[]): string[] => [...new Set(moves.map(({ kind }) => kind))]
  const asleep = after(wantedAt('asleep'), [])
  const up = movesTo(wantedAt('peak'), asleep, CLOSED)
  assert.deepEqual(kinds(up), ['reserved', 'provisioned', 'tasks', 'canary', 'alarms'])
  const peak = after(asleep, up)
  const down = movesTo(wantedAt('asleep'), peak, CLOSED)
  assert.deepEqual(kinds(down), ['alarms', 'canary', 'tasks'])
  const drained = after(peak, down)
  // ECS takes up to a minute to stop tasks that it should run no more.
  const draining = drained.map(value => (value.name === 'line 2' ? { ...value, running: 1 } : value))
  assert.deepEqual(movesTo(wantedAt('asleep'), draining, CLOSED), [])
  assert.deepEqual(kinds(movesTo(wantedAt('asleep'), drained, CLOSED)), ['provisioned', 'reserved'])
})

test('in the maintenance window only warm throughput is raised', () => {
  fc.assert(
    fc.property(world, found => {
      const moves = movesTo(wantedAt('asleep'), found, { ...CLOSED, maintenance: true })
      for (const { kind, from, to } of moves) assert.ok(kind === 'warm' && to > from)
    }),
  )
})

test('lines whose tasks could not be read count as running', () => {
  assert.equal(hasTasks(['line 1'], []), true)
  const none: Found = { kind: 'tasks', name: 'line 1', value: 0, running: 0 }
  assert.equal(hasTasks(['line 1'], [none]), false)
  assert.equal(hasTasks(['line 1'], [{ ...none, running: 1 }]), true)
  assert.equal(hasTasks(['line 1'], [{ ...none, value: 1 }]), true)
  const provisioned: Found = { kind: 'provisioned', name: 'broadcast', value: 1 }
  const unread = movesTo(wantedAt('asleep'), [provisioned], CLOSED)
  assert.deepEqual(unread, [])
})

test('a step at most doubles or halves the shards, and the steps reach the target', () => {
  const shards = fc.integer({ min: 1, max: 200 })
  fc.assert(
    fc.property(shards, shards, (from, to) => {
      let count = from
      for (let step = 0; count !== to; step++) {
        const next = stepTo(count, to)
        assert.ok(next <= 2 * count && next >= count / 2 && next !== count)
        count = next
        assert.ok(step < 8)
      }
    }),
  )
})

test('every kind has a value in the plan', () => {
  assert.deepEqual([...new Set(wantedAt('awake').map(({ kind }) => kind))].sort(), [...KINDS].sort())
})
