/** An app of the posts model: the client's book, and what the app has received. */
import assert from 'node:assert/strict'
import { createBook } from '../../../client/board-book.ts'
import type { BoardEvent } from '../../../client/board-events.ts'
import { MAX_TRADES_PER_UPDATE } from '../../../functions/broadcast/issue-log.ts'
import type { BoardJson } from '../../../market/board-json.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import type { AppEvent, Update } from '../../../market/protocol.ts'
import { plainUpdate, type QuoteRow } from '../../../market/quote-row.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochSeconds, type EpochMillis, type Millis, type Yen } from '../../../market/units.ts'
import { hasTrades, type View } from '../../../market/view.ts'
import type { ConnectionItem } from '../../../tables/connections/connections-table.ts'

export interface TrueTrade {
  readonly sequence: number
  readonly price: Yen
}

interface ReceivedEvent extends BoardEvent {
  /** High and low in a view without trades may be of all trades after this sequence. */
  readonly repeatedFrom: number
}

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
  readonly #unsureNews = new Set<string>()
  readonly #book = createBook()
  /** What the app got, by issue, since it holds the issue in its view. */
  readonly #events = new Map<string, ReceivedEvent[]>()
  /** By issue: the sequence of the board that the server knows that the app has. High and low may be of all trades after it. */
  readonly #known = new Map<string, number>()
  /** Issues of which the app may have missed updates: its next whole board may have the mark `lost`. */
  #mayMiss = new Set<string>()
  /** The same for all later whole boards of all issues. */
  #mayMissMore = false

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
    this.#events.delete(issue)
    this.#known.delete(issue)
    this.#mayMiss.delete(issue)
    if (view === undefined) this.views.delete(issue)
    else this.views.set(issue, view)
    this.#book.want(issue, view ?? 'board')
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

  /**
   * The server may not know, or not have, what the app lacks. Then the app is told so.
   * @param oftener also later than with the next whole board.
   */
  fallBehind(oftener = false): void {
    this.#mayMiss = new Set(this.views.keys())
    if (oftener) this.#mayMissMore = true
  }

  /** The issues of which the app requests a snapshot. Only an app that was far behind needs one. */
  gaps(): string[] {
    const gaps = [...this.views.keys()].filter(issue => this.#book.hasGap(issue))
    for (const issue of gaps) assert.ok(this.#mayMissUpdates(issue), `${this.id}: ${issue} has a gap`)
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
      const { issue, lost, snapshot } = event
      const mayMiss = this.#mayMissUpdates(issue)
      if (snapshot) this.#mayMiss.delete(issue)
      if (lost) assert.ok(mayMiss && snapshot, `${this.id}: ${issue} is marked as lost`)
      const events = this.#events.get(issue) ?? []
      this.#events.set(issue, events)
      events.push({ ...event, repeatedFrom: this.#known.get(issue) ?? 0 })
    }
  }

  /** The next environment may not know some of these news. They may come later, from an environment that reads more. */
  mayMissNews(headlines: Iterable<string>): void {
    for (const headline of headlines) this.#unsureNews.add(headline)
  }

  checkNews(headlines: Iterable<string>): void {
    const sure = (all: Iterable<string>) => [...all].filter(headline => !this.#unsureNews.has(headline))
    assert.deepEqual(sure(this.news), sure(headlines), `${this.id}: news`)
  }

  #mayMissUpdates(issue: string): boolean {
    return this.#mayMiss.has(issue) || this.#mayMissMore
  }

  /** The server knows that the app has its last post. */
  confirm(): void {
    for (const issue of this.views.keys()) this.#known.set(issue, this.#book.board(issue)?.sequence ?? 0)
  }

  /** A new environment repeats updates that the app may have. */
  forget(): void {
    this.#known.clear()
  }

  /**
   * Checks that the app has the true boards, and the trades between any two of its boards: every one exactly once, their high
   * and their low, or the mark `lost`.
   */
  check(latest: ReadonlyMap<string, Tick>, traded: ReadonlyMap<string, readonly TrueTrade[]>): void {
    for (const [issue, view] of this.views) {
      const tick = latest.get(issue)
      if (tick === undefined) continue
      const name = `${this.id}: ${issue} in view ${view}`
      const board = this.#book.board(issue)
      assert.ok(board !== undefined, `${name}: no board`)
      assert.equal(this.#book.hasGap(issue), false, `${name}: a gap`)
      assert.deepEqual(shown(board), shown(boardInView(tick, view)), name)
      let before: number | undefined
      for (const event of this.#events.get(issue) ?? []) {
        const { sequence } = event.board
        if (before !== undefined) checkTrades(name, view, event, before, traded.get(issue) ?? [])
        before = sequence
      }
    }
  }
}

/** Checks the trades of an event after the board of sequence `before`. */
function checkTrades(
  name: string,
  view: View,
  { board, trades, high, low, lost, repeatedFrom }: ReceivedEvent,
  before: number,
  traded: readonly TrueTrade[],
): void {
  const wanted = traded.filter(({ sequence }) => sequence > before && sequence <= board.sequence)
  const where = `${name}: trades after ${before} up to ${board.sequence}`
  const got = trades.map(({ sequence }) => sequence)
  if (lost) {
    const known = wanted.map(({ sequence }) => sequence).filter(sequence => got.includes(sequence))
    assert.deepEqual(got, known, `${where}: twice, unordered or unknown`)
    return
  }
  if (hasTrades(view))
    assert.deepEqual(
      got,
      wanted.map(({ sequence }) => sequence),
      where,
    )
  const from = hasTrades(view) ? before : Math.min(before, repeatedFrom)
  const repeated = traded.filter(({ sequence }) => sequence > from && sequence <= board.sequence)
  const [needed, most] = [rangeOf(wanted), rangeOf(repeated)]
  const [above, below] = [high ?? Number.NEGATIVE_INFINITY, low ?? Number.POSITIVE_INFINITY]
  assert.ok(above >= needed.high && above <= most.high, `${where}: the high is ${high}`)
  assert.ok(below <= needed.low && below >= most.low, `${where}: the low is ${low}`)
}

function rangeOf(trades: readonly TrueTrade[]): { readonly high: Yen; readonly low: Yen } {
  const prices = trades.map(({ price }) => price)
  return { high: Math.max(...prices), low: Math.min(...prices) }
}

/** Ticks that a view does not show change nothing but the identity. */
function shown({ sequence: _, time: __, ...board }: BoardJson): object {
  return board
}
