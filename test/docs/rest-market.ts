/** The market of the documents of the REST API, on November 20, 2026. */

import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { createEpochFence } from '../../functions/store-ticks/epoch-fence.ts'
import { storeBatch } from '../../functions/store-ticks/store-batch.ts'
import { ASKS, BIDS, copyBoard, emptyBoard, F, statusNumber } from '../../market/board.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import type { DayRecord } from '../../market/day-record.ts'
import type { MarketEvent } from '../../market/market-event.ts'
import { momentOf } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import { deriveTrade } from '../../market/trade.ts'
import { addMillis, asEpochSeconds, asTradingDate, nowMillis } from '../../market/units.ts'
import { writeSectors } from '../../tables/control/sectors-item.ts'
import { dayItems } from '../../tables/ticks/day-items.ts'
import { storeEvents, writeBoards } from '../functions/boards-fixture.ts'
import { stateStored } from '../functions/stored-lanes.ts'
import { openSender, TRADING_DATE } from '../functions/stored-market.ts'
import { TABLES, type Tables } from '../functions/tables.ts'

const HOUR_MS = 3_600_000

/** Returns a time of the day in µs. */
const time = (hours: number, minutes: number, seconds: number): number =>
  Math.round((hours * 3600 + minutes * 60 + seconds) * 1_000_000)
/** Returns yen in the scale of prices. */
const yen = (price: number): number => price * 10_000
/** Returns the fields of the levels of a side. @param base `ASKS` or `BIDS` */
const side = (base: number, ...levels: [price: number, quantity: number][]): [number, number][] =>
  levels.flatMap(([price, quantity], level) => [
    [base + 2 * level, yen(price)],
    [base + 2 * level + 1, quantity],
  ])

/** Returns the fields that a trade changes. */
const tradeFields = (price: number, volume: number, turnover: number): [number, number][] => [
  [F.last, yen(price)],
  [F.volume, volume],
  [F.turnover, turnover],
]

/** The market of the document: every tick as the fields that it changes. */
const TICKS: readonly [issue: string, sequence: number, time: number, changes: [number, number][]][] = [
  [
    '6758',
    48012,
    time(9, 30, 2.5),
    [
      ...tradeFields(3300, 1_000_000, 330_000_000_000),
      ...side(ASKS, [3301, 500], [3302, 900]),
      ...side(BIDS, [3299, 600]),
    ],
  ],
  [
    '6758',
    48035,
    time(9, 30, 20.25),
    [...tradeFields(3301, 1_000_200, 330_066_020_000), ...side(ASKS, [3301, 300], [3302, 900])],
  ],
  // Executes at two levels: 300 at 3301 and 100 at 3302.
  [
    '6758',
    48077,
    time(9, 30, 41.75),
    [
      ...tradeFields(3302, 1_000_600, 330_198_070_000),
      ...side(ASKS, [3302, 800]),
      [ASKS + 2, Number.MIN_SAFE_INTEGER],
      [ASKS + 3, Number.MIN_SAFE_INTEGER],
    ],
  ],
  [
    '7203',
    48120,
    time(9, 31, 5.063886),
    [
      [F.updateNumber, 1873],
      [F.status, statusNumber('20')],
      [F.statusTime, time(9, 31, 5.063886)],
      [F.open, yen(2183.5)],
      [F.openTime, time(9, 0, 0)],
      [F.high, yen(2189.5)],
      [F.highTime, time(9, 12, 4)],
      [F.low, yen(2181.5)],
      [F.lowTime, time(9, 1, 5)],
      [F.last, yen(2187.5)],
      [F.lastTime, time(9, 31, 4.871203)],
      [F.volume, 8_119_500],
      [F.volumeTime, time(9, 31, 4)],
      [F.turnover, 1_774_110_750_000],
      [F.vwap, yen(2184.67)],
      [F.over, 2_457_800],
      [F.under, 2_663_100],
      [F.askTime, time(9, 31, 5.063886)],
      [F.askSign, 0],
      [F.bidTime, time(9, 31, 4.871203)],
      [F.bidSign, 1],
      ...side(ASKS, [2188, 3000], [2188.5, 17_900], [2189, 19_700]),
      ...side(BIDS, [2187.5, 2700], [2187, 12_800], [2186.5, 8800]),
    ],
  ],
  // After the cut.
  [
    '6758',
    98317,
    time(9, 51, 8.125),
    [...tradeFields(3302, 1_000_800, 330_264_110_000), ...side(ASKS, [3302, 600])],
  ],
]

/** The record of the day before. */
const YESTERDAY: DayRecord = {
  issue: '7203',
  date: asTradingDate(20261119),
  prices: {
    open: { price: yen(2170.5), time: time(9, 0, 0) },
    high: { price: yen(2184), time: time(14, 2, 11) },
    low: { price: yen(2166), time: time(9, 48, 30) },
    last: { price: yen(2180), time: time(15, 30, 0), closing: true },
    volume: 21_340_100,
    turnover: 4_643_565_760_000,
  },
  last: { time: time(15, 45, 0), sequence: 2_804_119 },
  count: 61_302,
  lost: false,
  final: true,
  minutes: [],
}

const EVENTS: readonly MarketEvent[] = [
  {
    type: 'issues',
    line: 1,
    tradingDate: TRADING_DATE,
    part: 0,
    parts: 1,
    issues: [
      {
        code: '7203',
        name: 'トヨタ自動車',
        nameKana: 'トヨタジドウシャ',
        nameEn: 'TOYOTA MOTOR',
        section: 'プライム',
        unit: 100,
        basePrice: yen(2180),
        topix500: true,
      },
    ],
  },
  { type: 'phase', time: '2026-11-20T09:00:00.000000+09:00', phase: 'morning' },
  { type: 'line', line: 1, state: 'live', since: '2026-11-20T08:00:00.104000+09:00' },
  { type: 'news', time: '2026-11-20T09:31:00.000000+09:00', headline: '寄付の売買代金', issues: ['7203'] },
]

function ticksOf(): Tick[] {
  const boards = new Map<string, Tick['board']>()
  return TICKS.map(([issue, sequence, time, changes]) => {
    const before = boards.get(issue)
    const board = before === undefined ? emptyBoard(issue) : copyBoard(before)
    for (const [field, value] of changes) board.values[field] = value
    boards.set(issue, board)
    const trade = before && deriveTrade(before, board)
    return { tradingDate: TRADING_DATE, line: 1, sequence, time, board, ...(trade && { trade }) }
  })
}

/**
 * Stores the market of the documents.
 * @returns the setting of a clock that stands at 9:51:10 for an hour.
 */
export async function storeRestMarket({ client }: Tables): Promise<string> {
  const ticks = ticksOf()
  const cut = ticks.filter(tick => tick.time <= time(9, 31, 10))
  const sender = openSender(1)
  const envelopes = [...sender.send(cut), ...sender.keyFrames(), ...sender.send(ticks.slice(cut.length))]
  const records = envelopes.map((bytes, index) => ({ sequenceNumber: String(index), bytes }))
  await storeBatch(
    records,
    { client, table: TABLES.TICKS_TABLE, calendar: RULES, keepDays: 31, unitsPerLane: 1_000 },
    addMillis(nowMillis(), 10_000),
    createEpochFence(),
  )
  await stateStored(
    { client, table: TABLES.TICKS_TABLE },
    TRADING_DATE,
    momentOf(TRADING_DATE, time(9, 50, 0)),
  )
  for (const Item of dayItems(YESTERDAY, asEpochSeconds(Math.floor((Date.now() + HOUR_MS) / 1000))))
    await client.send(new PutCommand({ TableName: TABLES.TICKS_TABLE, Item }))
  const boards = { client, table: TABLES.BOARDS_TABLE }
  await writeBoards(boards, new Map(ticks.map(tick => [tick.board.issue, tick])).values())
  await storeEvents(boards, EVENTS)
  const control = { client, table: TABLES.CONTROL_TABLE }
  await writeSectors(control, new Map([['7203', '3700']]), momentOf(TRADING_DATE, 0))
  // The clock stands still until its segment starts, in an hour.
  return `${Date.now() + HOUR_MS}:${momentOf(TRADING_DATE, time(9, 51, 10)) / 1000}:1`
}
