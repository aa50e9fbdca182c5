import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createHeld, holdAgain, planMessages, planUpdates } from '../../../functions/broadcast/deliveries.ts'
import {
  addMember,
  createMembers,
  type Member,
  removeMember,
  setIssues,
} from '../../../functions/broadcast/members.ts'
import type { PlannedPush } from '../../../functions/broadcast/pushes.ts'
import { FIELD_COUNT } from '../../../market/board.ts'
import type { IssueUpdate } from '../../../market/issue-update.ts'
import type { Update } from '../../../market/protocol.ts'
import type { Tick } from '../../../market/tick.ts'
import { addMillis, asEpochMillis } from '../../../market/units.ts'
import { plainTick } from './plain-tick.ts'

const NOW = asEpochMillis(1_800_000_000_000)
const NEXT = addMillis(NOW, 1)

/** An update with a trade, which a board alone does not have. */
const updateOf = (issue: string, sequence: number): IssueUpdate => ({
  tick: plainTick(issue, sequence),
  follows: sequence - 1,
  touched: new Uint8Array(FIELD_COUNT),
  trades: [{ sequence, time: 32_400_000_000, trade: { price: 10_000, quantity: 100 } }],
  high: 10_000,
  low: 10_000,
  lost: false,
})

/** Returns `7203 board 2` for a board, `7203 change 2` for changes, and `+` if the update has trades. */
function nameOf(text: string): string {
  const update = JSON.parse(text) as Update
  const trades = update.trades === undefined ? '' : '+'
  if (!('board' in update)) return `${update.issue} change ${update.sequence}${trades}`
  return `${update.board.issue} board ${update.board.sequence}${trades}`
}

/** Returns the names of the updates that each connection gets. */
const updatesIn = (plan: readonly PlannedPush[]): Record<string, string[]> =>
  Object.fromEntries(
    plan.flatMap(({ push }) =>
      push.deliveries.map(([app, indices]) => [app, indices.map(index => nameOf(push.updates[index]!))]),
    ),
  )
/** Returns the messages that each connection gets, without updates. */
function messagesIn(plan: readonly PlannedPush[]): Record<string, readonly string[]> {
  assert.deepEqual(
    plan.flatMap(({ push }) => push.updates),
    [],
  )
  return Object.fromEntries(
    plan.flatMap(({ push }) =>
      push.deliveries.map(([app, , events]) => [app, events.map(index => push.events[index]!)]),
    ),
  )
}

/** A room at a mocked time. `round` plans updates; `busy` has the rooms whose push has not ended. */
function openRoom(t: TestContext) {
  t.mock.timers.enable({ apis: ['Date'], now: NOW })
  const members = createMembers()
  const held = createHeld()
  const busy = new Set<string>()
  const latest = new Map<string, Tick>()
  return {
    members,
    held,
    busy,
    latest,
    join(app: string, ...issues: string[]): Member {
      const member = addMember(members, app, `room of ${app}`)
      setIssues(members, member, new Set(issues))
      return member
    },
    round: (...updates: IssueUpdate[]) =>
      updatesIn(
        planUpdates(
          updates,
          members,
          issue => latest.get(issue),
          held,
          room => busy.has(room),
        ),
      ),
    messages: (messages: readonly string[], some: readonly Member[] = [...members.byConnection.values()]) =>
      messagesIn(planMessages(messages, some, members, held, room => busy.has(room))),
  }
}

test('the first update of an issue is a whole board, later ones are changes; only holders of the issue get it', t => {
  const { join, round } = openRoom(t)
  const first = join('first', '7203', '6758')
  first.fresh.add('7203')
  join('later', '7203')
  join('other', '9984')
  assert.deepEqual(round(updateOf('7203', 2)), { first: ['7203 board 2+'], later: ['7203 change 2+'] })
  assert.deepEqual(round(updateOf('7203', 3), updateOf('6758', 4)), {
    first: ['7203 change 3+', '6758 change 4+'],
    later: ['7203 change 3+'],
  })
})

test('a resting member gets nothing, and from the end of its rest on the boards that it is owed, once', t => {
  const { join, round, latest } = openRoom(t)
  const app = join('app', '7203', '6758')
  app.restsUntil = NEXT
  assert.deepEqual(round(updateOf('7203', 2), updateOf('6758', 3)), {})
  latest.set('7203', plainTick('7203', 2))
  assert.deepEqual(round(), {})
  assert.deepEqual([...app.owed], ['7203', '6758'])
  t.mock.timers.tick(1)
  // The environment has no tick of the other issue: its next update is a whole board anyway.
  assert.deepEqual(round(), { app: ['7203 board 2'] })
  assert.deepEqual(round(), {})
})

test('a board that a member is owed comes with the trades of the round, and not a second time', t => {
  const { join, round, latest } = openRoom(t)
  const app = join('app', '7203')
  app.owed.add('7203')
  latest.set('7203', plainTick('7203', 2))
  assert.deepEqual(round(updateOf('7203', 2)), { app: ['7203 board 2+'] })
  assert.deepEqual(round(updateOf('7203', 3)), { app: ['7203 change 3+'] })
})

test('every member that is owed a board gets it', t => {
  const { members, held, latest, join } = openRoom(t)
  for (const name of ['a', 'b']) join(name, '7203').owed.add('7203')
  latest.set('7203', plainTick('7203', 2))
  const plan = planUpdates(
    [],
    members,
    issue => latest.get(issue),
    held,
    () => false,
  )
  assert.deepEqual(updatesIn(plan), { a: ['7203 board 2'], b: ['7203 board 2'] })
})

test('the updates for a busy room wait, in order, and the other rooms get theirs', t => {
  const { join, round, busy } = openRoom(t)
  join('app', '7203', '6758')
  join('other', '7203')
  busy.add('room of app')
  assert.deepEqual(round(updateOf('7203', 2)), { other: ['7203 change 2+'] })
  assert.deepEqual(round(updateOf('6758', 3)), {})
  assert.deepEqual(round(updateOf('7203', 4)), { other: ['7203 change 4+'] })
  busy.clear()
  assert.deepEqual(round(updateOf('7203', 5)), {
    app: ['7203 change 2+', '7203 change 4+', '7203 change 5+', '6758 change 3+'],
    other: ['7203 change 5+'],
  })
  assert.deepEqual(round(), {})
})

test('the updates for a throttled member wait up to the end of its wait', t => {
  const { join, round } = openRoom(t)
  join('app', '7203').waitsUntil = NEXT
  assert.deepEqual(round(updateOf('7203', 2)), {})
  t.mock.timers.tick(1)
  assert.deepEqual(round(), { app: ['7203 change 2+'] })
})

test('a thousand updates of a member wait; with one more it is owed the boards of the issues that it holds', t => {
  const { join, round, busy, latest, members, held } = openRoom(t)
  const app = join('app', '7203', '6758')
  busy.add(app.room)
  round(updateOf('6758', 1))
  for (let sequence = 2; sequence <= 1_000; sequence++) round(updateOf('7203', sequence))
  assert.deepEqual([held.texts.size, app.owed.size], [1, 0])
  round(updateOf('7203', 1_001))
  assert.deepEqual([held.texts.size, [...app.owed]], [0, ['6758', '7203']])
  setIssues(members, app, new Set(['7203']))
  latest.set('7203', plainTick('7203', 1_001))
  busy.clear()
  assert.deepEqual(round(), { app: ['7203 board 1001'] })
})

test('updates that wait are dropped with their issue and with their member', t => {
  const { join, round, busy, members, held } = openRoom(t)
  const [keeps, leaves, ends] = [join('keeps', '7203', '6758'), join('leaves', '7203'), join('ends', '7203')]
  for (const { room } of [keeps, leaves, ends]) busy.add(room)
  round(updateOf('7203', 2), updateOf('6758', 3))
  setIssues(members, keeps, new Set(['6758']))
  setIssues(members, leaves, new Set())
  removeMember(members, ends)
  busy.clear()
  assert.deepEqual(round(), { keeps: ['6758 change 3+'] })
  assert.equal(held.texts.size, 0)
})

test('a member that rests before its waiting updates are sent is owed the boards instead', t => {
  const { join, round, busy, latest } = openRoom(t)
  const app = join('app', '7203')
  busy.add(app.room)
  round(updateOf('7203', 2))
  busy.clear()
  app.restsUntil = NEXT
  assert.deepEqual(round(), {})
  latest.set('7203', plainTick('7203', 2))
  t.mock.timers.tick(1)
  assert.deepEqual(round(), { app: ['7203 board 2'] })
})

test('what a throttled member did not get goes before what has been held since', t => {
  const { join, held } = openRoom(t)
  const app = join('app', '7203', '6758', '9984')
  holdAgain(held, {
    member: app,
    texts: new Map([
      ['7203', ['c']],
      ['6758', ['d']],
    ]),
    messages: ['n'],
  })
  holdAgain(held, {
    member: app,
    texts: new Map([
      ['9984', ['a']],
      ['7203', ['b']],
    ]),
    messages: ['m'],
  })
  assert.deepEqual(
    [...held.texts.get(app)!],
    [
      ['9984', ['a']],
      ['7203', ['b', 'c']],
      ['6758', ['d']],
    ],
  )
  assert.deepEqual(held.messages.get(app), ['m', 'n'])
  const other = join('other')
  holdAgain(held, { member: other, texts: new Map(), messages: [] })
  assert.deepEqual([held.texts.has(other), held.messages.has(other)], [false, false])
})

test('messages go to the given members, after those that were held for them', t => {
  const { join, messages, busy, held, members } = openRoom(t)
  const [app, other, ends] = [join('app'), join('other'), join('ends')]
  assert.deepEqual(messages([]), {})
  assert.deepEqual(messages(['m'], [app, other]), { app: ['m'], other: ['m'] })
  busy.add(app.room)
  busy.add(ends.room)
  assert.deepEqual(messages(['n']), { other: ['n'] })
  removeMember(members, ends)
  busy.clear()
  app.waitsUntil = NEXT
  assert.deepEqual(messages(['o']), { other: ['o'] })
  assert.deepEqual([...held.messages.keys()], [app])
  t.mock.timers.tick(1)
  assert.deepEqual(messages(['p']), { app: ['n', 'o', 'p'], other: ['p'] })
  assert.deepEqual(messages([]), {})
})

test('twenty messages of a member wait; with one more the oldest is dropped and the member lacks the status', t => {
  const { join, messages, busy } = openRoom(t)
  const app = join('app')
  busy.add(app.room)
  const all = Array.from({ length: 21 }, (_, index) => `message ${index}`)
  for (const message of all.slice(0, 20)) messages([message])
  assert.equal(app.lacksStatus, false)
  messages(all.slice(20))
  assert.equal(app.lacksStatus, true)
  busy.clear()
  assert.deepEqual(messages([]), { app: all.slice(1) })
})
