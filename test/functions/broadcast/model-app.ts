/** An app of the posts model: the client's book, and what the app has received. */
import assert from 'node:assert/strict'
import { createBook } from '../../../client/board-book.ts'
import { MAX_TRADES_PER_UPDATE } from '../../../functions/broadcast/issue-log.ts'
import type { BoardJson } from '../../../market/board-json.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import type { AppEvent, Update } from '../../../market/protocol.ts'
import { plainUpdate, type QuoteRow } from '../../../market/quote-row.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochSeconds, type EpochMillis, type Millis } from '../../../market/units.ts'
import { hasTrades, type View } from '../../../market/view.ts'
import type { ConnectionItem } from '../../../tables/connections/connections-table.ts'

export class ModelApp {
  readonly id: string
  readonly room: string
  pace: Millis
  readonly views = new Map<string, View>()
  changedAt: EpochMillis
  /** When the app had last everything that its environment had. */
  servedAt: EpochMillis
  /** Headlines of the news that the app got, each once, in their order. */
  readonly news = new Set<string>()
  readonly #book = createBook()
  /** Sequences of the trades that the app got, by issue, since it holds the issue in its view. */
  readonly #trades = new Map<string, number[]>()
  /** Sequence of the first board of each issue that the app holds: later trades count. */
  readonly #first = new Map<string, number>()
  /** Issues of which trades may be missing before the next whole board. */
  #mayMiss = new Set<string>()

  constructor(id: string, room: string, pace: Millis, now: EpochMillis) {
    this.id = id
    this.room = room
    this.pace = pace
    this.changedAt = now
    this.servedAt = now
  }

  /** Changes the view of an issue. The app forgets its board, as a client does. */
  setView(issue: string, view: View | undefined, now: EpochMillis): void {
    this.changedAt = now
    this.#book.drop(issue)
    this.#trades.delete(issue)
    this.#first.delete(issue)
    if (view === undefined) this.views.delete(issue)
    else this.views.set(issue, view)
    this.#book.want(issue, view === undefined || view === 'board' ? 'board' : 'quote')
  }

  item(): ConnectionItem {
    const of = (...some: View[]) =>
      new Set([...this.views].flatMap(([issue, view]) => (some.includes(view) ? [issue] : [])))
    return {
      room: this.room,
      connection: this.id,
      pace: this.pace,
      changedAt: this.changedAt,
      expires: asEpochSeconds(0),
      issues: of('board'),
      quotes: of('quote', 'quote-trades'),
      quotesWithTrades: of('quote-trades'),
    }
  }

  /** A new environment may not know what the app has missed. Then the app is told so by whole boards. */
  fallBehind(): void {
    this.#mayMiss = new Set(this.views.keys())
  }

  /** The issues of which the app requests a snapshot. Only an app that was far behind needs one. */
  gaps(): string[] {
    const gaps = [...this.views.keys()].filter(issue => this.#book.hasGap(issue))
    for (const issue of gaps) assert.ok(this.#mayMiss.has(issue), `${this.id}: ${issue} has a gap`)
    return gaps
  }

  receive(updates: readonly string[], events: readonly string[] = []): void {
    for (const text of events) {
      const event = JSON.parse(text) as AppEvent
      if (event.type === 'news') this.news.add(event.headline)
    }
    for (const text of updates) {
      const update = plainUpdate(JSON.parse(text) as Update | QuoteRow)
      assert.ok((update.trades ?? []).length <= MAX_TRADES_PER_UPDATE, `${this.id}: too many trades`)
      const event = this.#book.apply(update)
      if (event === undefined) continue
      const { issue, board, trades, lost, snapshot } = event
      assert.equal(lost, undefined, `${this.id}: ${issue} is marked as lost`)
      const isLate = snapshot && this.#mayMiss.delete(issue)
      if (isLate || !this.#first.has(issue)) this.#first.set(issue, board.sequence)
      const known = this.#trades.get(issue) ?? []
      this.#trades.set(issue, known)
      known.push(...trades.map(({ sequence }) => sequence))
    }
  }

  /** Checks that the app has the true boards, and every trade since its first board exactly once. */
  check(latest: ReadonlyMap<string, Tick>, traded: ReadonlyMap<string, readonly number[]>): void {
    for (const [issue, view] of this.views) {
      const tick = latest.get(issue)
      if (tick === undefined) continue
      const name = `${this.id}: ${issue} in view ${view}`
      const board = this.#book.board(issue)
      assert.ok(board !== undefined, `${name}: no board`)
      assert.equal(this.#book.hasGap(issue), false, `${name}: a gap`)
      assert.deepEqual(shown(board), shown(boardInView(tick, view)), name)
      if (!hasTrades(view)) continue
      const got = this.#trades.get(issue) ?? []
      assert.deepEqual(
        got,
        [...new Set(got)].sort((a, b) => a - b),
        `${name}: trades twice or unordered`,
      )
      const first = this.#first.get(issue) ?? 0
      const wanted = (traded.get(issue) ?? []).filter(sequence => sequence > first)
      assert.deepEqual(
        got.filter(sequence => sequence > first),
        wanted,
        `${name}: trades after ${first}`,
      )
    }
  }
}

/** Ticks that a view does not show change nothing but the identity. */
function shown({ sequence: _, time: __, ...board }: BoardJson): object {
  return board
}
