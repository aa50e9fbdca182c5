import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { catchUp } from '../../../functions/broadcast/catch-up.ts'
import { createEventLog } from '../../../functions/broadcast/event-log.ts'
import { createMarketLog, KEEP_MS } from '../../../functions/broadcast/market-log.ts'
import {
  addMember,
  createMembers,
  type Member,
  removeMember,
  setIssues,
} from '../../../functions/broadcast/members.ts'
import { createMissedTexts } from '../../../functions/broadcast/missed-texts.ts'
import { noteSince } from '../../../functions/broadcast/note-since.ts'
import { noteServed } from '../../../functions/broadcast/post-outcome.ts'
import { planPosts } from '../../../functions/broadcast/post-plan.ts'
import type { TailRecord } from '../../../functions/broadcast/read-tail.ts'
import { createTradeJournal, JOURNAL_MS } from '../../../functions/broadcast/trade-journal.ts'
import { decodeEnvelope } from '../../../market/codec/envelope.ts'
import type { ServerMessage } from '../../../market/protocol.ts'
import { addMillis, nowMillis } from '../../../market/units.ts'
import type { View } from '../../../market/view.ts'
import { updatesJoiner } from '../../../posts/join-updates.ts'
import { createFeed } from './feed.ts'
import { TradeApp } from './trade-app.ts'

const DATE = '2026-11-20'
const ISSUES = ['7203', '6758', '130A'] as const
/** The journal has the trades of all waits together. */
const MOST_WAITS = Math.floor(JOURNAL_MS / (KEEP_MS + 1))
const NOW = nowMillis()

type Updates = Extract<ServerMessage, { readonly type: 'updates' }>

function newEnvironment() {
  const members = createMembers()
  const journal = createTradeJournal()
  const log = createMarketLog(issue => members.byIssue.has(issue), journal)
  return { members, journal, log, events: createEventLog(), missed: createMissedTexts(log, journal) }
}

/** An environment with one app that loses its connection now and then, or takes no post. */
class Model {
  #now = NOW
  readonly app = new TradeApp()
  readonly truth = new Map<string, number[]>()
  readonly #records: TailRecord[] = []
  #environment = newEnvironment()
  readonly #feed = createFeed()
  readonly #volumes = new Map<string, number>()
  #connections = 0
  #member: Member | undefined

  /** A round in which an issue has some trades. */
  trade(issue: string, count: number): void {
    const ticks = Array.from({ length: count }, () => {
      const volume = (this.#volumes.get(issue) ?? 0) + 100
      this.#volumes.set(issue, volume)
      const tick = this.#feed.tick(issue, volume)
      // The first tick of the feed has no trade.
      if (tick.trade !== undefined) this.truth.set(issue, [...(this.truth.get(issue) ?? []), tick.sequence])
      return tick
    })
    const data = Buffer.from(this.#feed.ticks(...ticks), 'base64')
    this.#records.push({ sequenceNumber: String(this.#records.length), data, arrivedAt: this.#now })
    this.#environment.log.take(decodeEnvelope(data))
    this.#environment.log.endRound(this.#now)
  }

  /** Replaces the environment. The new one reads the last records back, and the app connects again. */
  die(records: number): void {
    this.cut()
    this.#environment = newEnvironment()
    catchUp(this.#environment.log, this.#records.slice(-records), this.#now)
    this.app.mayHaveHoles = true
  }

  /** No post starts for longer than the log keeps trades. */
  wait(): void {
    this.#now = addMillis(this.#now, KEEP_MS + 1)
    this.#environment.log.drop(0, this.#now)
  }

  cut(): void {
    if (this.#member === undefined) return
    removeMember(this.#environment.members, this.#member)
    this.#member = undefined
    this.app.cut()
  }

  connect(view: View): void {
    this.cut()
    const { members, log } = this.#environment
    const start = { encoding: 'json', pace: 100, since: log.round, eventsSince: 0 } as const
    const member = addMember(members, `app${++this.#connections}`, 'room-0', start)
    for (const issue of setIssues(members, member, new Map(ISSUES.map(issue => [issue, view]))))
      member.owed.add(issue)
    const sequences = Object.fromEntries(this.app.complete)
    noteSince(member, { since: [{ id: 'a', at: this.#now, date: DATE, sequences }] })
    this.app.ask(Object.keys(sequences))
    this.#member = member
  }

  /** @param share how much of the messages of the post arrives. */
  post(share: number): void {
    if (this.#member === undefined) return
    const { posts } = planPosts([this.#member], this.#environment, {
      now: this.#now,
      status: undefined,
      time: '',
    })
    const [post] = posts
    if (post === undefined) return
    const indices = (texts: readonly string[]): number[] => [...texts.keys()]
    const messages = updatesJoiner(post)(indices(post.updates), [], indices(post.missed))
    const arrived = messages.slice(0, Math.floor(messages.length * share))
    for (const text of arrived) this.app.receive(JSON.parse(text) as Updates)
    if (arrived.length === messages.length) noteServed(this.#member, post.content)
  }

  /** Sends posts until nothing waits. Returns their number. */
  drain(): number {
    let posts = 0
    for (; this.#member !== undefined && this.#member.owed.size > 0 && posts < 1_000; posts++) {
      const before = this.app.received
      this.post(1)
      if (this.app.received === before) break
    }
    return posts
  }
}

const move = fc.oneof(
  fc.record({
    kind: fc.constant('trade' as const),
    issue: fc.constantFrom(...ISSUES),
    count: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 100, max: 900 })),
  }),
  fc.record({ kind: fc.constantFrom('cut' as const, 'wait' as const) }),
  fc.record({ kind: fc.constant('die' as const), records: fc.integer({ min: 1, max: 5 }) }),
  fc.record({
    kind: fc.constant('connect' as const),
    view: fc.constantFrom<View>('board', 'quote-trades'),
  }),
  fc.record({ kind: fc.constant('post' as const), share: fc.constantFrom(0, 0.5, 1, 1, 1) }),
)

test('an app has every trade once and in order, or knows the hole, whatever ends its connection or stops its posts', () => {
  fc.assert(
    fc.property(fc.array(move, { minLength: 1, maxLength: 60 }), moves => {
      const model = new Model()
      // The app knows the first tick of each issue: from then on it names a sequence.
      for (const issue of ISSUES) model.trade(issue, 1)
      model.connect('board')
      model.drain()
      let waits = 0
      for (const each of moves) {
        if (each.kind === 'trade') model.trade(each.issue, each.count)
        if (each.kind === 'cut') model.cut()
        if (each.kind === 'wait' && waits++ < MOST_WAITS) model.wait()
        if (each.kind === 'die') model.die(each.records)
        if (each.kind === 'connect') model.connect(each.view)
        if (each.kind === 'post') model.post(each.share)
      }
      // A new environment may know no tick of an issue yet.
      for (const issue of ISSUES) model.trade(issue, 1)
      model.connect('board')
      model.drain()
      for (const issue of ISSUES) {
        const known = (model.truth.get(issue) ?? []).filter(sequence => !model.app.isInHole(issue, sequence))
        assert.deepEqual(model.app.trades.get(issue) ?? [], known, issue)
      }
    }),
    { numRuns: 200 },
  )
})

test('many trades are divided over posts, and the board comes after the last of them', () => {
  const model = new Model()
  model.trade('7203', 1)
  model.connect('board')
  model.drain()
  model.cut()
  for (let round = 0; round < 10; round++) model.trade('7203', 500)
  model.trade('6758', 1)
  model.connect('board')
  const posts = model.drain()
  assert.deepEqual(model.app.trades.get('7203'), model.truth.get('7203'))
  // 5,000 trades in 25 entries of 5.1 KB: five entries are above 24 KB, and end a post.
  assert.equal(posts, 5)
})

test('an app that took no post for longer than the log keeps trades gets them from the journal', () => {
  const model = new Model()
  model.trade('7203', 1)
  model.connect('board')
  model.drain()
  // The log drops rounds in tens.
  for (let round = 0; round < 12; round++) model.trade('7203', 2)
  model.wait()
  model.trade('7203', 1)
  model.post(1)
  assert.deepEqual(model.app.trades.get('7203'), model.truth.get('7203'))
  assert.equal(model.app.entries, 1)
})
