/** Converts a tick to a row of the archive and back, without loss. */
import {
  ASKS,
  BIDS,
  emptyBoard,
  F,
  fieldOf,
  LEVELS,
  type ScalarField,
  statusCode,
  statusNumber,
} from '../market/board.ts'
import { DAY_MICROSECONDS } from '../market/moment.ts'
import type { Side, Tick } from '../market/tick.ts'
import { asTradingDate, type DayMicros, type TradingDate } from '../market/units.ts'
import type { Column, Kind, Value } from './parquet.ts'

type TickColumn = Column<Tick>

/** Name and kind of the column of each board field. The status has a text column of its own. */
const SCALARS: Readonly<Record<Exclude<ScalarField, 'status'>, readonly [name: string, kind: Kind]>> = {
  updateNumber: ['update_number', 'whole'],
  statusTime: ['status_time', 'moment'],
  open: ['open_price', 'price'],
  openTime: ['open_time', 'moment'],
  high: ['high_price', 'price'],
  highTime: ['high_time', 'moment'],
  highStop: ['high_stop', 'whole'],
  low: ['low_price', 'price'],
  lowTime: ['low_time', 'moment'],
  lowStop: ['low_stop', 'whole'],
  last: ['last_price', 'price'],
  lastTime: ['last_time', 'moment'],
  closing: ['closing', 'whole'],
  volume: ['volume', 'whole'],
  volumeTime: ['volume_time', 'moment'],
  turnover: ['turnover', 'yen'],
  vwap: ['vwap', 'price'],
  marketSell: ['market_sell_quantity', 'whole'],
  marketBuy: ['market_buy_quantity', 'whole'],
  over: ['over_quantity', 'whole'],
  under: ['under_quantity', 'whole'],
  askTime: ['ask_time', 'moment'],
  askSign: ['ask_sign', 'whole'],
  bidTime: ['bid_time', 'moment'],
  bidSign: ['bid_sign', 'whole'],
}

/** Returns the column of one board field. */
function fieldColumn(name: string, kind: Kind, field: number): TickColumn {
  if (kind !== 'moment') return { name, kind, of: ({ board }) => fieldOf(board, field) }
  return {
    name,
    kind,
    of({ board, tradingDate }) {
      const time = fieldOf(board, field)
      return time === undefined ? undefined : wallTime(tradingDate, time)
    },
  }
}

/** Returns the columns of all levels of a side, each with its field. */
const levelColumns = (side: string, first: number): [column: TickColumn, field: number][] =>
  Array.from({ length: LEVELS }, (_, level) => first + 2 * level).flatMap((field, level) => [
    [fieldColumn(`${side}${level + 1}_price`, 'price', field), field],
    [fieldColumn(`${side}${level + 1}_quantity`, 'whole', field + 1), field + 1],
  ])

/** The columns of all board fields except the status, each with its field. */
const BOARD: readonly (readonly [column: TickColumn, field: number])[] = [
  ...Object.entries(SCALARS).map(([field, [name, kind]]): [TickColumn, number] => [
    fieldColumn(name, kind, F[field as ScalarField]),
    F[field as ScalarField],
  ]),
  ...levelColumns('ask', ASKS),
  ...levelColumns('bid', BIDS),
]

/** The columns of a tick file, in order. docs/archive.md describes each column. */
export const TICK_COLUMNS: readonly TickColumn[] = [
  { name: 'issue', kind: 'text', required: true, of: tick => tick.board.issue },
  { name: 'time', kind: 'moment', required: true, of: tick => wallTime(tick.tradingDate, tick.time) },
  { name: 'line', kind: 'whole', required: true, of: tick => tick.line },
  { name: 'sequence', kind: 'whole', required: true, of: tick => tick.sequence },
  { name: 'lost', kind: 'truth', required: true, of: tick => tick.lost === true },
  { name: 'trade_price', kind: 'price', of: tick => tick.trade?.price },
  { name: 'trade_quantity', kind: 'whole', of: tick => tick.trade?.quantity },
  { name: 'trade_side', kind: 'text', of: tick => tick.trade?.side },
  { name: 'trade_average_price', kind: 'price', of: tick => tick.trade?.average },
  {
    name: 'status',
    kind: 'text',
    of({ board }) {
      const status = fieldOf(board, F.status)
      return status === undefined ? undefined : statusText(status)
    },
  },
  ...BOARD.map(([column]) => column),
]

/** Returns a row's value in a column, numbers in the scale of the column's kind. */
export type RowReader = (column: string) => Value

/**
 * Returns the tick of a row.
 * @throws TypeError if a value does not have its column's kind, or a required value is missing.
 */
export function tickOfRow(row: RowReader): Tick {
  const number = (name: string): number | undefined => {
    const value = row(name)
    if (value === undefined || typeof value === 'number') return value
    throw new TypeError(`column ${name}: expected a number, got ${JSON.stringify(value)}`)
  }
  const required = <T extends Value>(value: T | undefined, name: string): T => {
    if (value === undefined) throw new TypeError(`column ${name}: expected a value, got none`)
    return value
  }
  const { tradingDate, time } = dateAndTimeOf(required(number('time'), 'time'))
  const midnight = wallTime(tradingDate, 0)
  const board = emptyBoard(String(required(row('issue'), 'issue')))
  for (const [{ name, kind }, field] of BOARD) {
    const value = number(name)
    if (value !== undefined) board.values[field] = kind === 'moment' ? value - midnight : value
  }
  const status = row('status')
  if (status !== undefined) board.values[F.status] = statusNumber(String(status))
  const price = number('trade_price')
  const side = row('trade_side') as Side | undefined
  const average = number('trade_average_price')
  return {
    tradingDate,
    line: required(number('line'), 'line'),
    sequence: required(number('sequence'), 'sequence'),
    time,
    board,
    ...(price === undefined
      ? {}
      : {
          trade: {
            price,
            quantity: required(number('trade_quantity'), 'trade_quantity'),
            ...(side === undefined ? {} : { side }),
            ...(average === undefined ? {} : { average }),
          },
        }),
    ...(row('lost') === true ? { lost: true } : {}),
  }
}

/** Returns the status code, or both characters of the status if the code alone cannot be converted back. */
function statusText(status: number): string {
  const code = statusCode(status)
  return statusNumber(code) === status ? code : String.fromCharCode(status >> 8, status & 0xff)
}

/** Returns Tokyo wall time as microseconds since 1970-01-01T00:00 of the same wall clock. */
export function wallTime(tradingDate: TradingDate, time: DayMicros): number {
  const day = Date.UTC(
    Math.trunc(tradingDate / 10_000),
    (Math.trunc(tradingDate / 100) % 100) - 1,
    tradingDate % 100,
  )
  return day * 1000 + time
}

/** Returns the trading date and the microsecond of the day of a {@link wallTime}. */
function dateAndTimeOf(wall: number): { tradingDate: TradingDate; time: DayMicros } {
  const time = wall % DAY_MICROSECONDS
  const day = new Date((wall - time) / 1000)
  return {
    tradingDate: asTradingDate(
      day.getUTCFullYear() * 10_000 + (day.getUTCMonth() + 1) * 100 + day.getUTCDate(),
    ),
    time,
  }
}
