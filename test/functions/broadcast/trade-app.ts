/** An app that counts its trades, by the rules of docs/protocol.md alone. */
import assert from 'node:assert/strict'
import type { MissedTrades, ServerMessage, Update } from '../../../market/protocol.ts'
import { plainUpdate } from '../../../market/quote-row.ts'
import type { TradeRow } from '../../../market/update-json.ts'

type Updates = Extract<ServerMessage, { readonly type: 'updates' }>

export class TradeApp {
  /** By issue: the app has every trade up to this sequence. */
  readonly complete = new Map<string, number>()
  /** By issue: sequences of its trades. */
  readonly trades = new Map<string, number[]>()
  /** Messages that arrived. */
  received = 0
  /** Entries of missed trades that arrived. */
  entries = 0
  /** The server may not know all trades that the app misses. */
  mayHaveHoles = false
  /** By issue: trades that the server does not know, above the first sequence and up to the second. */
  readonly #holes = new Map<string, (readonly [after: number, upTo: number])[]>()
  /** Issues of which the app has asked for missed trades. Their last entry has not come. */
  readonly #asked = new Set<string>()

  isInHole(issue: string, sequence: number): boolean {
    return (this.#holes.get(issue) ?? []).some(([after, upTo]) => sequence > after && sequence <= upTo)
  }

  ask(issues: readonly string[]): void {
    for (const issue of issues) this.#asked.add(issue)
  }

  cut(): void {
    this.#asked.clear()
  }

  receive({ missed = [], updates }: Updates): void {
    this.received++
    for (const entry of missed) this.#takeMissed(entry)
    for (const update of updates) this.#takeUpdate(plainUpdate(update))
  }

  #takeMissed({ issue, follows, sequence, trades }: MissedTrades): void {
    assert.ok(trades.length <= 200, `${issue}: ${trades.length} trades in an entry`)
    const known = this.#completeOf(issue)
    if (follows > known) {
      assert.ok(this.mayHaveHoles, `${issue}: the entry leaves a hole from ${known} to ${follows}`)
      this.#holes.set(issue, [...(this.#holes.get(issue) ?? []), [known, follows]])
    }
    this.entries++
    this.#add(issue, trades)
    this.complete.set(issue, Math.max(sequence, this.#completeOf(issue)))
    this.#asked.delete(issue)
    // The last entry reaches the board, which comes in this message or in a later one.
    this.#reached.set(issue, sequence)
  }

  readonly #reached = new Map<string, number>()

  #takeUpdate(update: Update): void {
    const issue = 'board' in update ? update.board.issue : update.issue
    const { sequence } = 'board' in update ? update.board : update
    assert.ok(!this.#asked.has(issue), `${issue}: an update passes the missed trades`)
    const reached = this.#reached.get(issue)
    if (reached !== undefined) {
      assert.ok(
        'board' in update && reached >= sequence,
        `${issue}: the entries end at ${reached}, before ${sequence}`,
      )
      this.#reached.delete(issue)
    }
    assert.equal(update.lost, undefined, `${issue}: lost`)
    this.#add(issue, update.trades ?? [])
    this.complete.set(issue, Math.max(sequence, this.#completeOf(issue)))
  }

  #add(issue: string, rows: readonly TradeRow[]): void {
    const known = this.#completeOf(issue)
    const sequences = rows.map(([, , , sequence]) => sequence)
    assert.deepEqual(
      sequences,
      sequences.toSorted((a, b) => a - b),
      `${issue}: unordered`,
    )
    this.trades.set(issue, [...(this.trades.get(issue) ?? []), ...sequences.filter(each => each > known)])
  }

  #completeOf(issue: string): number {
    return this.complete.get(issue) ?? 0
  }
}
