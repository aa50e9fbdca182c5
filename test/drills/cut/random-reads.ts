/** Reads a stored market at random, and compares every answer with the truth. */

import assert from 'node:assert/strict'
import type { Audience } from '../../../contract/publication.ts'
import { MINUTE } from '../../../local/exchange/hours.ts'
import { below, pick, type Random } from '../../../local/exchange/random.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { DAY_MICROSECONDS, dateOf, momentOf, momentToIso, timeOfDay } from '../../../market/moment.ts'
import { addMicros, asEpochMicros, type EpochMicros, type TradingDate } from '../../../market/units.ts'
import { writeCursor } from '../../../prices/cursor.ts'
import type { Tally } from '../tally.ts'
import type { StoredMarket } from './cut-market.ts'
import {
  barsBetween,
  boardAt,
  countUpTo,
  dayBarAt,
  factsBetween,
  type IssueTruth,
  pricesAt,
} from './cut-truth.ts'
import type { PriceApi } from './price-api.ts'

/** Offsets from the moment of a tick, µs. */
const OFFSETS = [-1, 0, 0, 1] as const
const MOST_ENTRIES = 30
const INTERVALS = { '1m': 1, '5m': 5, '15m': 15, '1h': 60 } as const

/** Who reads, and when. */
export interface Caller {
  readonly api: PriceApi
  readonly audience: Audience
  /** Market time, epoch µs. */
  readonly now: number
  /** The youngest market time (epoch µs) that may be shown. */
  readonly cut: EpochMicros
  /** The cut moves during the read, so only named moments can be compared with the truth. */
  readonly isMoving?: true
}

/** One read. */
interface Read extends Caller {
  readonly market: StoredMarket
  readonly random: Random
  readonly issue: string
  /** The market time that the answer is true for. */
  readonly moment: EpochMicros
  /** The moment in the request; `undefined` asks for the cut. */
  readonly named: string | undefined
  readonly date: TradingDate
  /** µs of that date. */
  readonly until: number
}

/** Kinds of reads with their weights. */
const KINDS = [
  [40, 'board', board],
  [5, 'boards', boards],
  [20, 'ticks', ticks],
  [12, 'trades', trades],
  [8, 'bars', bars],
  [5, 'day', day],
  [10, 'refused', refused],
] as const satisfies readonly (readonly [number, string, (read: Read) => Promise<void>])[]
const ALL_KINDS = KINDS.flatMap(([weight, ...kind]) => Array(weight).fill(kind) as (typeof kind)[])

/** Does one read of a random kind. @throws Error if the answer differs from the truth. */
export async function readOnce(
  market: StoredMarket,
  caller: Caller,
  random: Random,
  tally: Tally,
): Promise<void> {
  const { audience, cut, isMoving } = caller
  const isNamed = isMoving || random() < 0.6
  const moment = isNamed && random() < 0.7 ? asEpochMicros(Math.min(cut, randomMoment(market, random))) : cut
  const [name, read] = pick(random, ALL_KINDS)
  const place = placeOf(market, moment)
  const issue = pick(random, market.issues)
  const named = isNamed ? momentToIso(moment) : undefined
  try {
    await read({ ...caller, market, random, issue, moment, named, ...place })
  } catch (cause) {
    throw new Error(`${name} of ${issue} for ${audience}, cut ${momentToIso(cut)}, asked for ${named}`, {
      cause,
    })
  }
  tally.count(name)
  tally.count(`for ${audience}`)
  if (moment === cut) tally.count('at the cut itself')
}

/** Returns a moment (epoch µs) at or next to a tick, at a border of the day, or anywhere. */
export function randomMoment({ moments, dates }: StoredMarket, random: Random): EpochMicros {
  const chance = random()
  if (chance < 0.7) return asEpochMicros(pick(random, moments) + pick(random, OFFSETS))
  const date = pick(random, dates)
  if (chance < 0.85) {
    const { orders, morning, afternoon } = RULES.hoursOf(date)
    const border = pick(random, [orders, morning.start, morning.end, afternoon.start, afternoon.end])
    return momentOf(date, border + pick(random, OFFSETS) + below(random, 2) * MINUTE)
  }
  return addMicros(
    momentOf(date, 0),
    7 * 60 * MINUTE + below(random, 16 * 60) * MINUTE + below(random, MINUTE),
  )
}

/** Returns the trading date of a moment: the market's last date up to then. */
function placeOf({ dates }: StoredMarket, moment: EpochMicros): { date: TradingDate; until: number } {
  const date = dates.findLast(each => each <= dateOf(moment)) ?? dateOf(moment)
  return { date, until: date === dateOf(moment) ? timeOfDay(moment) : DAY_MICROSECONDS - 1 }
}

const truthOf = ({ market, issue, date }: Read): IssueTruth => market.truthOf(issue, date)

async function board(read: Read): Promise<void> {
  const { api, issue, named, moment, until } = read
  const { stamp, data } = await api.board(issue, named)
  assert.equal(stamp.asOf, momentToIso(moment))
  assert.equal(JSON.stringify(data.board), boardAt(truthOf(read), until))
}

async function boards({ market, api, named, date, until }: Read): Promise<void> {
  const { data } = await api.boards(market.issues, named)
  const all = market.issues.map(issue => boardAt(market.truthOf(issue, date), until))
  assert.equal(JSON.stringify(data.boards), `[${all.filter(text => text !== 'null').join()}]`)
}

/** Returns a range on the date of its end, with a cursor or without. */
function rangeOf(read: Read) {
  const { random, issue, date, until, named } = read
  const truth = truthOf(read)
  const count = countUpTo(truth, until)
  const start = (): number =>
    Math.max(0, count === 0 ? 0 : truth.facts[below(random, count)]!.tick.time + pick(random, OFFSETS))
  const from = random() < 0.7 ? Math.min(start(), until) : 0
  const cursor = count > 0 && random() < 0.4 ? truth.facts[below(random, count)]!.tick : undefined
  return {
    request: {
      issue,
      from: from === 0 ? undefined : momentToIso(momentOf(date, from)),
      to: named,
      limit: 1 + below(random, MOST_ENTRIES),
      after: cursor && writeCursor(issue, date, cursor),
    },
    // The page starts after the cursor, and not before the start of the range.
    facts: factsBetween(truth, from, cursor, until),
  }
}

async function ticks(read: Read): Promise<void> {
  const { request, facts } = rangeOf(read)
  const { data } = await read.api.ticks(request)
  const expected = facts.slice(0, request.limit).map(({ entry }) => entry)
  assert.equal(JSON.stringify(data.ticks), `[${expected.join()}]`)
  assert.equal(
    data.next !== undefined,
    facts.length > request.limit,
    'next is present if there are more ticks',
  )
}

async function trades(read: Read): Promise<void> {
  const { request, facts } = rangeOf(read)
  const { data } = await read.api.trades(request)
  const all = facts.flatMap(({ trade }) => trade ?? [])
  assert.equal(JSON.stringify(data.trades), `[${all.slice(0, request.limit).join()}]`)
  if (data.next === undefined) assert.ok(all.length <= request.limit, 'a page without next has all trades')
}

async function bars(read: Read): Promise<void> {
  const { market, api, random, issue, named, moment, date, until } = read
  const first = pick(
    random,
    market.dates.filter(each => each <= date),
  )
  const start = asEpochMicros(
    Math.min(moment, momentOf(first, below(random, 16 * 60) * MINUTE + below(random, 2))),
  )
  const from = momentToIso(start)
  // The first date starts with the bar of the range's start; every later date starts with its first bar.
  const parts = market.dates
    .filter(each => each >= dateOf(start) && each <= date)
    .map(each => ({
      truth: market.truthOf(issue, each),
      from: each === dateOf(start) ? timeOfDay(start) : 0,
      until: each === date ? until : DAY_MICROSECONDS - 1,
    }))
  const interval = pick(random, [...(Object.keys(INTERVALS) as (keyof typeof INTERVALS)[]), '1d'] as const)
  const { data } = await api.bars({ issue, from, to: named, interval })
  const expected = parts.map(part =>
    interval === '1d'
      ? dayBarAt(part.truth, part.until)
      : barsBetween(part.truth, part.from, part.until, INTERVALS[interval]),
  )
  assert.deepEqual(
    data.bars,
    expected.flatMap(text => JSON.parse(text)),
    interval,
  )
}

async function day({ market, api, issue, named, moment, date, until }: Read): Promise<void> {
  const { data } = await api.day(issue, named)
  // Until order acceptance the day before is shown.
  const isReset = date !== dateOf(moment) || timeOfDay(moment) >= RULES.hoursOf(date).orders
  const before = market.dates[market.dates.indexOf(date) - 1]
  const { open, high, low, last, volume } = data.day
  const shown = open && [open.price, high?.price, low?.price, last?.price, volume]
  const expected = isReset
    ? pricesAt(market.truthOf(issue, date), until)
    : before === undefined
      ? undefined
      : pricesAt(market.truthOf(issue, before), DAY_MICROSECONDS - 1)
  assert.deepEqual(shown, expected)
}

/** Every route refuses a moment after the cut as too recent, and a moment after now as a future time. */
async function refused({ api, now, cut, isMoving, random, issue }: Read): Promise<void> {
  const isFuture = random() < 0.3
  // If the clock moves, a minute is more than a read takes.
  const first = (isFuture ? now : cut) + (isMoving ? MINUTE : 0)
  const most = isFuture ? MINUTE : now - first
  const refusedTime = momentToIso(asEpochMicros(first + 1 + (random() < 0.5 ? 0 : below(random, most))))
  const range = { issue, from: undefined, to: refusedTime }
  const ask = pick(random, [
    () => api.board(issue, refusedTime),
    () => api.boards([issue], refusedTime),
    () => api.ticks({ ...range, limit: 1, after: undefined }),
    () => api.trades({ ...range, limit: 1, after: undefined }),
    () => api.bars({ ...range, interval: '1m' }),
    () => api.day(issue, refusedTime),
  ])
  await assert.rejects(ask, { name: 'Problem', code: isFuture ? 'future-time' : 'too-recent' })
}
