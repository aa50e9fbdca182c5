import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMarketLog } from '../../../functions/broadcast/market-log.ts'
import { addMember, createMembers, type Member, setIssues } from '../../../functions/broadcast/members.ts'
import { createUpdateTexts } from '../../../functions/broadcast/update-texts.ts'
import { decodeEnvelope } from '../../../market/codec/envelope.ts'
import type { Update } from '../../../market/protocol.ts'
import { plainUpdate, type QuoteRow } from '../../../market/quote-row.ts'
import { addMillis, asEpochMillis } from '../../../market/units.ts'
import type { View } from '../../../market/view.ts'
import { createFeed } from './feed.ts'

const ISSUE = '7203'
const START = asEpochMillis(1_800_000_000_000)

/** A log whose rounds have one tick each, with a trade from round 2 on. */
function openLog(rounds: number) {
  const log = createMarketLog(() => true)
  const feed = createFeed()
  const members = createMembers()
  const round = (ticks = 1): void => {
    const batch = Array.from({ length: ticks }, () => feed.tick(ISSUE, log.round + 1))
    log.take(decodeEnvelope(Buffer.from(feed.ticks(...batch), 'base64')))
    log.endRound(addMillis(START, log.round))
  }
  for (let index = 0; index < rounds; index++) round()
  return {
    log,
    round,
    member(since: number, state: { owed?: boolean; fresh?: boolean; issue?: string } = {}): Member {
      const { owed = false, fresh = false, issue = ISSUE } = state
      const start = { encoding: 'json', pace: 500, since, eventsSince: 0 } as const
      const member = addMember(members, `app${members.byConnection.size}`, 'room-0', start)
      setIssues(members, member, new Map([[issue, 'board' as const]]))
      if (owed) member.owed.add(issue)
      if (fresh) member.fresh.add(issue)
      return member
    },
    texts: () => createUpdateTexts(log),
  }
}

/** Returns `whole` or what the update follows, the sequence, the number of trades, and whether trades are lost. */
function read(text: string) {
  const update = plainUpdate(JSON.parse(text) as Update | QuoteRow)
  const trades = update.trades?.length ?? 0
  const lost = update.lost ?? false
  return 'board' in update
    ? ['whole', update.board.sequence, trades, lost]
    : [update.follows, update.sequence, trades, lost]
}

test('members of the same round share the texts of a view, whether the board is whole or not', () => {
  const { member, texts: open } = openLog(4)
  const texts = open()
  const [a, b, other] = [member(2), member(2), member(3)]
  const [owed, fresh] = [member(2, { owed: true }), member(2, { fresh: true })]
  assert.equal(texts.of(a, ISSUE, 'board'), texts.of(b, ISSUE, 'board'))
  assert.equal(texts.of(owed, ISSUE, 'board'), texts.of(fresh, ISSUE, 'board'))
  const made = [
    texts.of(a, ISSUE, 'board'),
    texts.of(a, ISSUE, 'quote'),
    texts.of(a, ISSUE, 'quote-trades'),
    texts.of(other, ISSUE, 'board'),
    texts.of(owed, ISSUE, 'board'),
  ]
  assert.equal(new Set(made).size, 5)
  assert.deepEqual(
    made.map(each => each!.texts.map(read)),
    [
      [[2, 4, 2, false]],
      [[2, 4, 0, false]],
      [[2, 4, 2, false]],
      [[3, 4, 1, false]],
      [['whole', 4, 2, false]],
    ],
  )
  assert.deepEqual(
    made.map(each => each!.wholes),
    [0, 0, 0, 0, 1],
  )
})

test('without a change a member gets an owed board alone, and no fresh board', () => {
  const { member, texts: open } = openLog(2)
  const texts = open()
  const of = (state: Parameters<typeof member>[1]) => texts.of(member(2, state), ISSUE, 'board')
  const board = { wholes: 1, read: [['whole', 2, 0, false]] }
  for (const state of [{ owed: true }, { owed: true, fresh: true }]) {
    const made = of(state)
    assert.deepEqual({ wholes: made?.wholes, read: made?.texts.map(read) }, board)
  }
  assert.deepEqual([of({ fresh: true }), of({})], [undefined, undefined])
})

test('an issue without a tick has no text, not even an owed board', () => {
  const { member, texts: open } = openLog(1)
  const texts = open()
  for (const state of [{}, { owed: true }, { fresh: true }]) {
    assert.equal(texts.of(member(0, { ...state, issue: '9999' }), '9999', 'board'), undefined)
  }
})

test('a whole board of hundreds of trades comes with the first of them, the others are differences', () => {
  const { member, round, texts: open } = openLog(1)
  round(450)
  const texts = open()
  const whole = texts.of(member(1, { owed: true }), ISSUE, 'board')
  assert.deepEqual(whole?.texts.map(read), [
    ['whole', 201, 200, false],
    [201, 401, 200, false],
    [401, 451, 50, false],
  ])
  assert.equal(whole?.wholes, 1)
  const changes = texts.of(member(1), ISSUE, 'board')
  assert.deepEqual(changes?.texts.map(read), [
    [1, 201, 200, false],
    [201, 401, 200, false],
    [401, 451, 50, false],
  ])
  assert.equal(changes?.wholes, 0)
})

test('a connection that lacks dropped rounds gets a whole board: trades are lost if it has a board before', () => {
  const { log, member, texts: open } = openLog(12)
  log.drop(11, START)
  const texts = open()
  const of = (view: View, state: Parameters<typeof member>[1]) => {
    const made = texts.of(member(5, state), ISSUE, view)
    return [made?.wholes, made?.texts.map(read)]
  }
  assert.deepEqual(of('board', {}), [1, [['whole', 12, 1, true]]])
  assert.deepEqual(of('quote', {}), [1, [['whole', 12, 0, true]]])
  assert.deepEqual(of('board', { owed: true }), [1, [['whole', 12, 1, false]]])
  assert.deepEqual(of('board', { fresh: true }), [1, [['whole', 12, 1, false]]])
})
