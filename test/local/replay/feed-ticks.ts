/** Arbitrary ticks that a line can send: any board whose values are possible, likely or not. */
import fc from 'fast-check'
import { judgeFields, noDoubt } from '../../../ingest-task/flex/judge-fields.ts'
import {
  ABSENT,
  ASKS,
  BIDS,
  copyBoard,
  emptyBoard,
  F,
  LEVELS,
  statusNumber,
  TIME_FIELDS,
} from '../../../market/board.ts'
import { DAY_MICROSECONDS } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { deriveTrade } from '../../../market/trade.ts'
import { asTradingDate } from '../../../market/units.ts'

export const TRADING_DATE = asTradingDate(20261120)
const ISSUES = ['7203', '130A', '25935', '6758', '1306']
const SECOND = 1_000_000
const DAY_START = 8 * 3600 * SECOND
/** From an earlier status to the message, µs. */
const BEFORE = 900_000

const blank = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(ABSENT) }, { weight: 3, arbitrary })
const price = blank(
  fc.oneof(
    fc.integer({ min: 1, max: 500_000 }).map(yen => yen * 1_000),
    fc.integer({ min: 0, max: 99_999_999_999_999 }),
    fc.constant(1e15),
  ),
)
const quantity = blank(
  fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 99_999_999_999_999 })),
)
const digit = blank(fc.integer({ min: 0, max: 9 }))
const count = blank(fc.integer({ min: 0, max: 99_999_999 }))
const status = blank(fc.constantFrom('20', 'A0', 'B', 'D').map(statusNumber))
const turnover = blank(fc.integer({ min: 0, max: 9_999_999_999_999 }))
/** Microseconds before the time of the message, or no time. */
const microTime = blank(fc.integer({ min: 0, max: 5 * SECOND }))
const secondTime = blank(fc.integer({ min: 0, max: 5 }).map(seconds => seconds * SECOND))

const SECOND_TIMES: readonly number[] = [F.openTime!, F.highTime!, F.lowTime!, F.volumeTime!]
const kinds = new Map<number, fc.Arbitrary<number>>([
  ...[F.open, F.high, F.low, F.last].map(field => [field!, price] as const),
  ...[F.highStop, F.lowStop, F.closing, F.askSign, F.bidSign].map(field => [field!, digit] as const),
  ...[F.volume, F.vwap, F.marketSell, F.marketBuy, F.over, F.under].map(field => [field!, quantity] as const),
  [F.updateNumber!, count],
  [F.status!, status],
  [F.turnover!, turnover],
  ...SECOND_TIMES.map(field => [field, secondTime] as const),
  ...[F.lastTime, F.askTime, F.bidTime].map(field => [field!, microTime] as const),
  ...[ASKS, BIDS].flatMap(side =>
    Array.from({ length: LEVELS }, (_, level) => [
      [side + 2 * level, price] as const,
      [side + 2 * level + 1, quantity] as const,
    ]).flat(),
  ),
])
const edit = fc.oneof(...[...kinds].map(([field, value]) => fc.tuple(fc.constant(field), value)))

const step = fc.record({
  issue: fc.constantFrom(...ISSUES),
  /** Sequences before the tick that have no tick: messages of other exchanges, or lost ones. */
  missing: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }) },
  ),
  later: fc.integer({ min: -SECOND, max: SECOND }),
  /** Time of the status: that of the message, none, or earlier. */
  statusTime: fc.constantFrom('now', 'not', 'before'),
  edits: fc.array(edit, { maxLength: 12 }),
})

/** Ticks of three lines. The sequences of each line rise from 1. */
export function feedTicks(): fc.Arbitrary<Tick[]> {
  return fc.array(step, { maxLength: 60 }).map(steps => {
    const latest = new Map<string, Tick>()
    const counters = [0, 0, 0]
    let [clock, latestClock] = [DAY_START, DAY_START]
    return steps.map(({ issue, missing, later, statusTime, edits }) => {
      const line = (ISSUES.indexOf(issue) % 3) + 1
      const before = latest.get(issue)
      const board = before === undefined ? emptyBoard(issue) : copyBoard(before.board)
      // The messages of a line come nearly in the order of their times.
      clock = Math.max(DAY_START, latestClock - SECOND, clock + later)
      latestClock = Math.max(latestClock, clock)
      const { values } = board
      const now = clock
      for (const [field, value] of edits) {
        const isTime = TIME_FIELDS.includes(field) && value !== ABSENT
        values[field] = isTime ? timeOf(field, now, value) : value
      }
      for (const [level, time, sign] of [
        [ASKS, F.askTime!, F.askSign!],
        [BIDS, F.bidTime!, F.bidSign!],
      ] as const) {
        if (values[level] === ABSENT) values[time] = values[sign] = ABSENT
      }
      // A reader keeps the status time of the board if a message has none.
      if (statusTime !== 'not') values[F.statusTime!] = statusTime === 'now' ? now : now - BEFORE
      judgeFields(values, (before?.board ?? emptyBoard(issue)).values, noDoubt(), DAY_MICROSECONDS)
      const latestTime = TIME_FIELDS.reduce(
        (most, field) => Math.max(most, values[field]!),
        before?.time ?? 0,
      )
      const time = statusTime === 'not' ? Math.max(latestTime, now) : latestTime
      const last = counters[line - 1]!
      const sequence = last === 0 ? 1 : last + 1 + missing
      counters[line - 1] = sequence
      const trade = before === undefined ? undefined : deriveTrade(before.board, board)
      const tick = {
        tradingDate: TRADING_DATE,
        line,
        sequence,
        time,
        board,
        ...(trade === undefined ? {} : { trade }),
      }
      latest.set(issue, tick)
      return tick
    })
  })
}

function timeOf(field: number, now: number, ago: number): number {
  const time = Math.max(0, now - ago)
  return SECOND_TIMES.includes(field) ? time - (time % SECOND) : time
}
