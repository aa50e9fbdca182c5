/** A small market for tests of the page: a few issues with realistic boards. */

import { ASKS, BIDS, F, LEVELS, statusNumber } from '../../market/board.ts'
import type { IssueJson } from '../../market/market-event.ts'
import { PRICE_SCALE, TURNOVER_SCALE } from '../../market/units.ts'
import type { Step, Truth } from './client-truth.ts'

/** An issue of which the reader may have the base price. */
type PricedIssue = IssueJson & Required<Pick<IssueJson, 'basePrice'>>

const LISTED: readonly Omit<PricedIssue, 'date'>[] = [
  { code: '7203', name: '髙﨑自動車㈱', section: 'プライム', unit: 100, basePrice: 2183, topix500: true },
  { code: '6758', name: '第①電機', section: 'プライム', unit: 100, basePrice: 3120, topix500: true },
  {
    code: '130A',
    name: '日本橋バイオテクノロジーズ',
    section: 'グロース',
    unit: 100,
    basePrice: 871,
    topix500: false,
  },
  {
    code: '25935',
    name: '茶園ホールディングス第1種優先株式',
    section: 'プライム',
    unit: 100,
    basePrice: 1842,
    topix500: false,
  },
  { code: '9432', name: '東都通信', section: 'プライム', unit: 100, basePrice: 152.4, topix500: true },
  {
    code: '8306',
    name: '兜町フィナンシャル・グループ',
    section: 'プライム',
    unit: 100,
    basePrice: 1720.5,
    topix500: true,
  },
]

export const ISSUES: readonly PricedIssue[] = LISTED.map(issue => ({ ...issue, date: '2026-11-20' }))

const OPENING = 9 * 3_600_000_000
const TICKS: Readonly<Record<string, number>> = {
  '7203': 0.5,
  '6758': 1,
  '130A': 1,
  '25935': 1,
  '9432': 0.1,
  '8306': 0.5,
}

/** Returns pseudo-random numbers, the same in every run. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** Opens an issue with a full board, `offset` ticks from its base price. */
export function openIssue(truth: Truth, { code, basePrice }: PricedIssue, offset: number): void {
  const random = createRandom(Number.parseInt(code, 36))
  const tick = TICKS[code] ?? 1
  const last = Math.round((basePrice + offset * tick) * 10) / 10
  const volume = 100 * (8_000 + random(90_000))
  const scaled = (yen: number): number => Math.round(yen * PRICE_SCALE)
  truth.step(code, {
    fields: [
      [F.status, statusNumber('20')],
      [F.statusTime, OPENING],
      [F.open, scaled(basePrice + tick)],
      [F.openTime, OPENING],
      [F.high, scaled(Math.max(last, basePrice + tick) + 4 * tick)],
      [F.highTime, OPENING + 724_000_000],
      [F.low, scaled(Math.min(last, basePrice) - 3 * tick)],
      [F.lowTime, OPENING + 65_000_000],
      [F.last, scaled(last)],
      [F.lastTime, OPENING + 1_865_000_000],
      [F.volume, volume],
      [F.turnover, Math.round(volume * basePrice * TURNOVER_SCALE)],
      [F.vwap, scaled(basePrice + 0.37 * offset * tick)],
      [F.over, code === '9432' ? 4_939_373_100 : 100 * (9_000 + random(20_000))],
      [F.under, 100 * (9_000 + random(20_000))],
      ...levels(ASKS, last + tick, tick, random),
      ...levels(BIDS, last, -tick, random),
    ],
  })
}

function levels(base: number, best: number, step: number, random: (below: number) => number): Step['fields'] {
  return Array.from({ length: LEVELS }, (_, level) => [
    [base + 2 * level, Math.round((best + level * step) * PRICE_SCALE)] as const,
    [base + 2 * level + 1, 100 * (1 + random(30 + 25 * level))] as const,
  ]).flat()
}

/** Makes one trade at a best quote and changes the quantities of two levels. */
export function moveIssue(truth: Truth, code: string, random: (below: number) => number): void {
  const board = truth.tick(code)?.board
  if (board === undefined) throw new RangeError(`expected an open issue, got ${code}`)
  const side = random(2) === 0 ? ASKS : BIDS
  const traded = 100 * (1 + random(12))
  const priceOf = board.values[side]!
  const level = random(LEVELS)
  truth.step(code, {
    fields: [
      [F.last, priceOf],
      [F.lastTime, OPENING + 1_900_000_000],
      [F.volume, board.values[F.volume]! + traded],
      [side + 1, 100 * (1 + random(60))],
      [(side === ASKS ? BIDS : ASKS) + 2 * level + 1, 100 * (1 + random(200))],
    ],
    traded,
    tradePrice: priceOf,
    side: side === ASKS ? 'buy' : 'sell',
  })
}
