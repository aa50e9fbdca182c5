import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { chooseDue, LONGEST_WAIT_MS } from '../../../functions/broadcast/due-members.ts'
import { addMember, createMembers, type Member, setIssues } from '../../../functions/broadcast/members.ts'
import { addMillis, asEpochMillis, type EpochMillis } from '../../../market/units.ts'
import { plainTick } from './plain-tick.ts'

const NOW = asEpochMillis(1_800_000_000_000)

/** An environment in whose log `changed` has the round of the last change of each issue. */
function openEnvironment(round = 10) {
  const members = createMembers()
  const changed = new Map<string, number>()
  const state = { round, lastEvent: 0 }
  const parts = {
    members,
    paceFactor: 1,
    log: {
      get round() {
        return state.round
      },
      get changedRound() {
        return Math.max(0, ...changed.values())
      },
      isChangedSince: (issue: string, _view: unknown, since: number) => (changed.get(issue) ?? 0) > since,
      latest: (issue: string) => (changed.has(issue) ? plainTick(issue, 1) : undefined),
    },
    events: {
      get last() {
        return state.lastEvent
      },
    },
  }
  return {
    parts,
    changed,
    state,
    join(name: string, issue = '7203', pace = 500): Member {
      const member = addMember(members, name, 'room-0', { pace, since: 0, encoding: 'json', eventsSince: 0 })
      setIssues(members, member, new Map([[issue, 'board']]))
      return member
    },
    due: (now: EpochMillis, posts = 100) =>
      chooseDue(parts, posts, now).chosen.map(({ connection }) => connection),
  }
}

test('a member is due from the end of its pace on, while something waits for it', () => {
  const { join, due, changed } = openEnvironment()
  const app = join('app')
  assert.deepEqual(due(NOW), [])
  changed.set('7203', 11)
  assert.deepEqual(due(NOW), ['app'])
  app.freeAt = addMillis(NOW, 1)
  assert.deepEqual(due(NOW), [])
  assert.deepEqual(due(addMillis(NOW, 1)), ['app'])
})

test('a member without news has the latest round, so that the log can drop the rounds before', () => {
  const { join, due, changed, state } = openEnvironment()
  const app = join('app')
  changed.set('6758', 9)
  due(NOW)
  assert.equal(app.since, 10)
  state.round = 12
  changed.set('6758', 12)
  app.freeAt = addMillis(NOW, 1)
  due(NOW)
  assert.equal(app.since, 10)
})

test('a member with a post in flight or a rest is not due', () => {
  const { join, due, changed } = openEnvironment()
  const app = join('app')
  changed.set('7203', 11)
  app.inFlight = true
  assert.deepEqual(due(NOW), [])
  app.inFlight = false
  app.restsUntil = addMillis(NOW, 1)
  assert.deepEqual(due(NOW), [])
  assert.deepEqual(due(addMillis(NOW, 1)), ['app'])
})

test('an event, a missing status and an owed board with a tick make a member due', () => {
  const { join, due, changed, state } = openEnvironment()
  const app = join('app')
  state.lastEvent = 1
  assert.deepEqual(due(NOW), ['app'])
  app.eventsSince = 1
  assert.deepEqual(due(NOW), [])
  app.lacksStatus = true
  assert.deepEqual(due(NOW), ['app'])
  app.lacksStatus = false
  app.owed.add('6758')
  assert.deepEqual(due(NOW), [])
  changed.set('6758', 11)
  assert.deepEqual(due(NOW), ['app'])
})

test('with too few posts, who has waited most of its own paces goes first, and the factor is that of the next', () => {
  const { join, changed, parts } = openEnvironment()
  changed.set('7203', 11)
  const fast = join('fast', '7203', 100)
  const slow = join('slow', '7203', 1_000)
  const late = join('late', '7203', 500)
  for (const [member, ago] of [
    [fast, 200],
    [slow, 1_000],
    [late, 600],
  ] as const) {
    member.freeAt = addMillis(NOW, -ago)
    member.waitingSince = asEpochMillis(0)
  }
  const { chosen, stretch } = chooseDue(parts, 1, NOW)
  // 2 of its paces; 1 pace; 1.2 paces.
  assert.deepEqual([chosen, stretch], [[fast], 2.2])
  assert.deepEqual(chooseDue(parts, 2, NOW).chosen, [fast, late])
  assert.deepEqual(chooseDue(parts, 3, NOW), { chosen: [fast, slow, late], stretch: 1 })
})

test('a member that has waited five seconds goes first, the longest waiting of several', () => {
  const { join, changed, parts } = openEnvironment()
  assert.equal(LONGEST_WAIT_MS, 5_000)
  changed.set('7203', 11)
  const fast = join('fast', '7203', 100)
  const slow = join('slow', '7203', 5_000)
  const late = join('late', '7203', 4_000)
  const wait = (member: Member, ms: number): void => {
    member.freeAt = addMillis(NOW, -ms)
    member.waitingSince = asEpochMillis(0)
  }
  wait(fast, 4_999)
  wait(slow, 4_999)
  wait(late, 4_999)
  assert.deepEqual(chooseDue(parts, 1, NOW).chosen, [fast])
  wait(slow, 5_000)
  wait(late, 5_001)
  // The fastest of those who wait: 49.99 of its paces.
  const { chosen, stretch } = chooseDue(parts, 2, NOW)
  assert.deepEqual([chosen, stretch.toFixed(2)], [[late, slow], '50.99'])
  wait(fast, 5_002)
  assert.deepEqual(chooseDue(parts, 1, NOW), { chosen: [fast], stretch: 1 + 5_001 / 4_000 })
})

test('a member that had nothing to get for a long time does not go before those who wait', () => {
  const { join, changed, parts, state } = openEnvironment()
  const quiet = join('quiet', '6758')
  const waiting = join('waiting', '7203')
  waiting.freeAt = addMillis(NOW, -300)
  waiting.waitingSince = addMillis(NOW, -300)
  state.round = 12
  changed.set('7203', 11)
  changed.set('6758', 12)
  assert.deepEqual(chooseDue(parts, 1, NOW).chosen, [waiting])
  assert.equal(quiet.waitingSince, NOW)
})

test('all members get posts in turn under any budget, and the paces stretch alike', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(100, 200, 500, 1_000), { minLength: 2, maxLength: 12 }),
      fc.integer({ min: 1, max: 3 }),
      (paces, budget) => {
        const { parts, join, changed, state } = openEnvironment()
        const posts = new Map<Member, number>()
        for (const [index, pace] of paces.entries()) posts.set(join(`app${index}`, '7203', pace), 0)
        const seconds = 60
        for (let now = NOW; now < NOW + seconds * 1_000; now = addMillis(now, 100)) {
          changed.set('7203', ++state.round)
          for (const member of chooseDue(parts, budget, now).chosen) {
            posts.set(member, posts.get(member)! + 1)
            member.since = state.round
            member.waitingSince = undefined
            member.freeAt = addMillis(now, member.pace)
          }
        }
        // The interval of each member in multiples of its pace. Rounds of 100 ms make it longer by one round at most.
        const factors = [...posts].map(([{ pace }, count]) => {
          const interval = (seconds * 1_000) / count
          return [(interval - 100) / pace, interval / pace] as const
        })
        const least = Math.min(...factors.map(([, high]) => high))
        for (const [low] of factors) assert.ok(low <= least * 1.5 + 0.2, JSON.stringify(factors))
      },
    ),
  )
})
