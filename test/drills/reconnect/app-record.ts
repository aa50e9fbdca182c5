/** What an app received, in a form that can be compared with the truth. */
import type { BarEvent, BoardEvent } from '../../../client/itastream.ts'
import type { BarJson } from '../../../market/bars.ts'
import type { BoardJson, TradeJson } from '../../../market/board-json.ts'
import { fnv1a } from '../../../market/hash.ts'

/** A trade: its sequence, and a hash of all its members. */
export type TradeMark = readonly [sequence: number, hash: number]

/** The trades of an issue at an app. */
export interface IssueRecord {
  /** Sequence of the second board: trades after it must come. Undefined before it. The first may be a stored board. */
  from: number | undefined
  /** Sequence of the latest board. */
  to: number
  trades: TradeMark[]
}

export interface AppRecord {
  readonly issues: Readonly<Record<string, IssueRecord>>
  /** What must not happen, in words: events out of order, marks `lost`. */
  readonly problems: readonly string[]
  /** The final bars of one issue, in order. */
  readonly bars: readonly BarJson[]
  /** How often the app connected. */
  readonly connections: number
}

/** Boards that any app has shown: `issue view sequence` and a hash of its members. */
export type BoardMarks = ReadonlyMap<string, number>

/** Problems of an app that are kept. */
const MOST_PROBLEMS = 5

/** Records the events of an app. */
export class Recorder {
  readonly #issues: Record<string, IssueRecord> = {}
  /** Issues of which a board has come. */
  readonly #known = new Set<string>()
  readonly #problems: string[] = []
  readonly #bars: BarJson[] = []
  readonly #boards: Map<string, number>
  connections = 0

  /**
   * @param issues the issues of the app.
   * @param boards the boards of all apps.
   */
  constructor(issues: readonly string[], boards: Map<string, number>) {
    for (const issue of issues) this.#issues[issue] = { from: undefined, to: 0, trades: [] }
    this.#boards = boards
  }

  noteBoard({ issue, board, trades, lost }: BoardEvent): void {
    const record = this.#issues[issue]
    if (record === undefined) {
      this.#problem(`${issue}: nobody asked for it`)
      return
    }
    if (board.sequence < record.to) this.#problem(`${issue}: board ${board.sequence} after ${record.to}`)
    record.to = board.sequence
    this.#noteHash(board)
    if (record.from === undefined) {
      if (this.#known.has(issue)) record.from = board.sequence
      this.#known.add(issue)
      return
    }
    if (lost) this.#problem(`${issue}: lost before ${board.sequence}`)
    for (const trade of trades) {
      if (trade.sequence > board.sequence) this.#problem(`${issue}: trade ${trade.sequence} after its board`)
      record.trades.push(markOf(trade))
    }
  }

  noteBar({ bar, final }: BarEvent<'1m'>): void {
    if (final) this.#bars.push(bar)
  }

  /** Whether every issue has its start. */
  get isStarted(): boolean {
    return Object.values(this.#issues).every(({ from }) => from !== undefined)
  }

  get record(): AppRecord {
    return {
      issues: this.#issues,
      problems: this.#problems,
      bars: this.#bars,
      connections: this.connections,
    }
  }

  #noteHash(board: BoardJson): void {
    const key = boardKey(board)
    const hash = hashOf(board)
    const known = this.#boards.get(key)
    if (known === undefined) this.#boards.set(key, hash)
    else if (known !== hash) this.#problem(`${key}: two apps have different boards`)
  }

  #problem(text: string): void {
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push(text)
  }
}

export function boardKey({ issue, view, sequence }: BoardJson): string {
  return `${issue} ${view ?? 'board'} ${sequence}`
}

export function markOf(trade: TradeJson): TradeMark {
  return [trade.sequence, hashOf(trade)]
}

/** Returns a hash of the members of a value, whatever their order. */
export function hashOf(value: object): number {
  return fnv1a(canonical(value))
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, each]) => each !== undefined)
  return `{${members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => `${key}:${canonical(each)}`)
    .join(',')}}`
}
