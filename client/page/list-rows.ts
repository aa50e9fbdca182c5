/** The lists of issues: the rows of the watchlist and of the whole market, their order, filter and pages. */
import type { BoardJson } from '../../market/board-json.ts'
import type { MarketRowJson } from '../../market/market-row.ts'
import type { Yen } from '../../market/units.ts'

export const LISTS = ['watch', 'market'] as const
export type ListName = (typeof LISTS)[number]

/** What a list can be sorted by: issue code, 値上がり率, 出来高, 売買代金. */
export const SORT_KEYS = ['code', 'change', 'volume', 'turnover'] as const
export type SortKey = (typeof SORT_KEYS)[number]

/** Rows of a page of a list: as many as a phone draws without a pause. */
export const PAGE_ROWS = 100

export interface ListState {
  key: SortKey
  descending: boolean
  /** Part of a code or name. */
  filter: string
  /** From 0. */
  page: number
  /** All codes of the list in their order on the screen. It changes at intervals, so that rows do not move at every trade. */
  order: readonly string[]
  /** A pointer or the focus is in the rows, so they stay where they are. */
  held: boolean
}

/** A row of a list. Members without a value are not known. */
export interface ListRow {
  readonly code: string
  readonly name?: string
  readonly last?: Yen
  /** What the change is counted from: the base price (基準値段), or the close of the trading date before (前日終値). */
  readonly reference?: Yen
  /** The change in percent. */
  readonly change?: number
  readonly volume?: number
  readonly turnover?: Yen
  /** Time of the last price: `09:31:04`. */
  readonly time?: string
  /** Line of a live row. */
  readonly line?: number
}

export function newList(key: SortKey, descending: boolean): ListState {
  return { key, descending, filter: '', page: 0, order: [], held: false }
}

/** What a row has that does not move. */
export interface RowIssue {
  readonly code: string
  readonly name: string | undefined
  readonly reference: Yen | undefined
}

/** Returns the row of an issue from the delayed market. */
export function delayedRow(issue: RowIssue, row: MarketRowJson | undefined): ListRow {
  const [, last, volume, turnover, time] = row ?? []
  return rowOf(issue, { last, volume, turnover, time })
}

/** Returns the row of an issue from its live board. */
export function liveRow(issue: RowIssue, board: BoardJson | undefined): ListRow {
  const time = (board?.last?.time ?? board?.time)?.slice(11, 19)
  return rowOf(issue, {
    last: board?.last?.price,
    volume: board?.volume,
    turnover: board?.turnover,
    time,
    line: board?.line,
  })
}

type Figures = {
  readonly [Name in keyof Omit<ListRow, keyof RowIssue | 'change'>]: ListRow[Name] | undefined
}

function rowOf({ code, name, reference }: RowIssue, figures: Figures): ListRow {
  const { last } = figures
  const isKnown = last !== undefined && reference !== undefined
  const change = isKnown ? (100 * (last - reference)) / reference : undefined
  const members = { ...figures, name, reference, change }
  const known = Object.entries(members).filter(([, value]) => value !== undefined)
  return { code, ...Object.fromEntries(known) }
}

/** Returns codes in the order of a list. Rows without a value come last, and equal rows by their code. */
export function orderOf(
  rows: readonly ListRow[],
  { key, descending }: Pick<ListState, 'key' | 'descending'>,
): string[] {
  const sign = descending ? -1 : 1
  const byCode = (a: ListRow, b: ListRow): number => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0)
  const compare = (a: ListRow, b: ListRow): number => {
    if (key === 'code') return sign * byCode(a, b)
    const [one, other] = [a[key], b[key]]
    if (one === undefined || other === undefined)
      return Number(one === undefined) - Number(other === undefined) || byCode(a, b)
    return sign * (one - other) || byCode(a, b)
  }
  return rows.toSorted(compare).map(({ code }) => code)
}

/** Returns whether an issue is found by a part of its code or name, in any width and case. */
export function matches(filter: string, code: string, name = ''): boolean {
  const wanted = plain(filter)
  return wanted === '' || code.toLowerCase().startsWith(wanted) || plain(name).includes(wanted)
}

function plain(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase()
}

/** Returns the part of a list that is shown, and how many pages there are. The last page stands for all later ones. */
export function pageOf(
  codes: readonly string[],
  page: number,
): { shown: readonly string[]; first: number; pages: number } {
  const pages = Math.max(1, Math.ceil(codes.length / PAGE_ROWS))
  const first = Math.min(page, pages - 1) * PAGE_ROWS
  return { shown: codes.slice(first, first + PAGE_ROWS), first, pages }
}
