/** The true boards of a few issues, and the differences between any two sequences. */
import { changeText } from '../../functions/broadcast/update-text.ts'
import { ABSENT, ASKS, BIDS, type Board, copyBoard, emptyBoard, F, FIELD_COUNT } from '../../market/board.ts'
import type { BoardJson, TradeJson } from '../../market/board-json.ts'
import { boardInView, tradeToJson } from '../../market/board-to-json.ts'
import { isoDate, momentOf } from '../../market/moment.ts'
import type { MissedTrades, Update } from '../../market/protocol.ts'
import type { QuoteRow } from '../../market/quote-row.ts'
import type { Side, Tick, Trade } from '../../market/tick.ts'
import { exactTurnover } from '../../market/trade.ts'
import { asTradingDate, type DayMicros, priceToYen } from '../../market/units.ts'
import type { ChangeUpdate, TradeRow } from '../../market/update-json.ts'
import type { View } from '../../market/view.ts'

const DATE = asTradingDate(20261120)
/** 09:31:00 in microseconds of the day. */
const START = 34_260_000_000
const LINE = 1

/** One change of an issue: fields with new values, `null` for no value. */
export interface Step {
  readonly fields: readonly (readonly [field: number, value: number | null])[]
  /** Quantity of a trade in this step, shares. */
  readonly traded?: number
  /** In 10⁻⁴ yen. */
  readonly tradePrice?: number
  readonly side?: Side
  /** Messages directly before the step were lost for good. */
  readonly lost?: true
  /** µs of the day. Default: some milliseconds after the step before. */
  readonly time?: DayMicros
}

export interface Truth {
  step(issue: string, step: Step): Tick
  tick(issue: string): Tick | undefined
  /** All ticks of an issue, in order. */
  ticks(issue: string): readonly Tick[]
  json(issue: string, view?: View): BoardJson | undefined
  /** Returns the difference from sequence `follows` to the latest board. */
  change(issue: string, follows: number): ChangeUpdate
  /** Returns every trade. */
  trades(issue: string): TradeJson[]
  /** Returns the answer to a `since`: the trades after a sequence, in entries of at most `size` trades. */
  missed(issue: string, after: number, size?: number): MissedTrades[]
  /** Returns an update as the server sends it: a difference in a view, or a whole board if it follows nothing. */
  update(issue: string, view: View, after: number, isWhole: boolean, lost?: boolean): Update | QuoteRow
}

export function createTruth(date = DATE): Truth {
  const history = new Map<string, Tick[]>()
  let sequence = 0

  function tick(issue: string): Tick | undefined {
    return history.get(issue)?.at(-1)
  }

  function update(
    issue: string,
    view: View,
    after: number,
    isWhole: boolean,
    lost = false,
  ): Update | QuoteRow {
    const ticks = history.get(issue) ?? []
    const last = ticks.at(-1)
    if (last === undefined) throw new RangeError(`expected an issue with a board, got ${issue}`)
    const passed = ticks.filter(one => one.sequence > after)
    const start = ticks.findLast(one => one.sequence <= after)?.board ?? emptyBoard(issue)
    const trades = passed.flatMap((one, index) => {
      if (one.trade === undefined) return []
      const before = passed[index - 1] ?? ticks[ticks.length - passed.length - 1]
      return [{ ...one, trade: one.trade, turnover: exactTurnover(one, before) }]
    })
    const prices = trades.map(({ trade }) => trade.price)
    const text = changeText(
      {
        tick: last,
        follows: isWhole ? undefined : after,
        touched: touchedBy([start, ...passed.map(one => one.board)]),
        trades,
        high: prices.length === 0 ? undefined : Math.max(...prices),
        low: prices.length === 0 ? undefined : Math.min(...prices),
        traded: trades.reduce((sum, { trade }) => sum + trade.quantity, 0),
        lost,
      },
      view,
    )
    return JSON.parse(text) as Update | QuoteRow
  }

  return {
    tick,
    ticks: issue => history.get(issue) ?? [],
    json(issue, view = 'board') {
      const last = tick(issue)
      return last && boardInView(last, view)
    },
    step(issue, { fields, traded, tradePrice = 21_830_000, side, lost, time }) {
      const before = tick(issue)?.board
      const board = before === undefined ? emptyBoard(issue) : copyBoard(before)
      for (const [field, value] of fields) board.values[field] = value ?? ABSENT
      sequence++
      const trade: Trade | undefined =
        traded === undefined
          ? undefined
          : { price: tradePrice, quantity: traded, ...(side === undefined ? {} : { side }) }
      const next: Tick = {
        tradingDate: date,
        line: LINE,
        sequence,
        time: time ?? START + sequence * 10_000,
        board,
        ...(trade === undefined ? {} : { trade }),
        ...(lost === undefined ? {} : { lost }),
      }
      history.set(issue, [...(history.get(issue) ?? []), next])
      return next
    },
    change: (issue, follows) => update(issue, 'board', follows, false) as ChangeUpdate,
    update,
    trades: issue =>
      (history.get(issue) ?? []).flatMap(each =>
        each.trade === undefined ? [] : [tradeToJson(each, each.trade, undefined)],
      ),
    missed: (issue, after, size = 200) => missedAfter(history.get(issue) ?? [], after, size),
  }
}

/** Returns the trades of ticks after a sequence as a server sends them, at least one entry if there is a tick. */
function missedAfter(ticks: readonly Tick[], after: number, size: number): MissedTrades[] {
  const last = ticks.at(-1)
  if (last === undefined) return []
  const { issue } = last.board
  const time = momentOf(last.tradingDate, last.time)
  const rows = ticks.flatMap((each): TradeRow[] => {
    if (each.trade === undefined || each.sequence <= after) return []
    const { price, quantity, side } = each.trade
    return [[priceToYen(price), quantity, side ?? null, each.sequence, last.time - each.time]]
  })
  const entries: MissedTrades[] = []
  for (let from = 0; from === 0 || from < rows.length; from += size) {
    const trades = rows.slice(from, from + size)
    const follows = entries.at(-1)?.sequence ?? after
    const sequence = from + size >= rows.length ? Math.max(last.sequence, follows) : trades.at(-1)![3]
    entries.push({ issue, date: isoDate(last.tradingDate), follows, sequence, time, trades })
  }
  return entries
}

function touchedBy(boards: readonly Board[]): Uint8Array {
  const touched = new Uint8Array(FIELD_COUNT)
  for (const [index, board] of boards.entries()) {
    const before = boards[index - 1]
    if (before === undefined) continue
    for (let field = 0; field < FIELD_COUNT; field++) {
      if (board.values[field] !== before.values[field]) touched[field] = 1
    }
  }
  return touched
}

/** Fields that tests change: levels of both sides, market orders, last price and totals, a sign. */
export const STEP_FIELDS = [
  ASKS,
  ASKS + 1,
  ASKS + 4,
  ASKS + 5,
  BIDS,
  BIDS + 1,
  F.marketSell,
  F.last,
  F.volume,
  F.askSign,
  F.turnover,
  F.vwap,
  F.lastTime,
  F.closing,
]
