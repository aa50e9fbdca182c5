/** Random reads of a world, each held against the truth. */
import assert from 'node:assert/strict'
import { MINUTE } from '../../../local/exchange/hours.ts'
import { below, pick, type Random } from '../../../local/exchange/random.ts'
import { hoursOf } from '../../../market/calendar.ts'
import { DAY_MICROSECONDS, dateOf, momentOf, momentToIso, timeOfDay } from '../../../market/moment.ts'
import { addMicros, asEpochMicros, type EpochMicros, type TradingDate } from '../../../market/units.ts'
import { writeCursor } from '../../../prices/cursor.ts'
import type { Audience } from '../../../prices/cut.ts'
import type { Tally } from '../tally.ts'
import type { PriceApi } from './api.ts'
import {
  barsBetween,
  boardAt,
  countUpTo,
  dayBarAt,
  factsBetween,
  type IssueTruth,
  pricesAt,
} from './cut-truth.ts'
import type { World } from './random-market.ts'

/** Microseconds beside a moment at which something happened. */
const BESIDE = [-1, 0, 0, 1] as const
const MOST_ENTRIES = 30
const INTERVALS = { '1m': 1, '5m': 5, '15m': 15, '1h': 60 } as const

/** Who asks, and when. */
export interface Asking {
  readonly api: PriceApi
  readonly audience: Audience
  /** Market time, epoch µs. */
  readonly now: number
  /** The youngest market time that may be shown. */
  readonly cut: EpochMicros
  /** The cut moves while the read goes on: only moments that are named can be held against the truth. */
  readonly isMoving?: true
}

/** What a read stands on. */
interface Read extends Asking {
  readonly world: World
  readonly random: Random
  readonly issue: string
  /** The market time that the answer is true for. */
  readonly moment: EpochMicros
  /** As the request names it; undefined: the youngest there is. */
  readonly named: string | undefined
  readonly date: TradingDate
  /** µs of that date. */
  readonly until: number
}

/** How often each is drawn. */
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

/** One read of a random kind. @throws AssertionError when its answer is not the truth. */
export async function readOnce(world: World, asking: Asking, random: Random, tally: Tally): Promise<void> {
  const { audience, cut, isMoving } = asking
  const isNamed = isMoving || random() < 0.6
  const moment = isNamed && random() < 0.7 ? asEpochMicros(Math.min(cut, momentIn(world, random))) : cut
  const [name, read] = pick(random, ALL_KINDS)
  const place = placeOf(world, moment)
  const issue = pick(random, world.issues)
  const named = isNamed ? momentToIso(moment) : undefined
  try {
    await read({ ...asking, world, random, issue, moment, named, ...place })
  } catch (cause) {
    throw new Error(`${name} of ${issue} for ${audience}, cut ${momentToIso(cut)}, asked for ${named}`, {
      cause,
    })
  }
  tally.count(name)
  tally.count(`for ${audience}`)
  if (moment === cut) tally.count('at the cut itself')
}

/** At or just beside what happened, on the borders of the day, or anywhere. */
export function momentIn({ moments, dates }: World, random: Random): EpochMicros {
  const chance = random()
  if (chance < 0.7) return asEpochMicros(pick(random, moments) + pick(random, BESIDE))
  const date = pick(random, dates)
  if (chance < 0.85) {
    const { orders, morning, afternoon } = hoursOf(date)
    const stroke = pick(random, [orders, morning.start, morning.end, afternoon.start, afternoon.end])
    return momentOf(date, stroke + pick(random, BESIDE) + below(random, 2) * MINUTE)
  }
  return addMicros(
    momentOf(date, 0),
    7 * 60 * MINUTE + below(random, 16 * 60) * MINUTE + below(random, MINUTE),
  )
}

/** The date that a moment belongs to: that of the world's last day up to then. */
function placeOf({ dates }: World, moment: EpochMicros): { date: TradingDate; until: number } {
  const date = dates.findLast(each => each <= dateOf(moment)) ?? dateOf(moment)
  return { date, until: date === dateOf(moment) ? timeOfDay(moment) : DAY_MICROSECONDS - 1 }
}

const truthOf = ({ world, issue, date }: Read): IssueTruth => world.of(issue, date)

async function board(read: Read): Promise<void> {
  const { api, issue, named, moment, until } = read
  const { stamp, data } = await api.board(issue, named)
  assert.equal(stamp.asOf, momentToIso(moment))
  assert.equal(JSON.stringify(data.board), boardAt(truthOf(read), until))
}

async function boards({ world, api, named, date, until }: Read): Promise<void> {
  const { data } = await api.boards(world.issues, named)
  const all = world.issues.map(issue => boardAt(world.of(issue, date), until))
  assert.equal(JSON.stringify(data.boards), `[${all.filter(text => text !== 'null').join()}]`)
}

/** A range on the date of its end, and perhaps a cursor in it. */
function rangeOf(read: Read) {
  const { random, issue, date, until, named } = read
  const truth = truthOf(read)
  const count = countUpTo(truth, until)
  const start = (): number =>
    Math.max(0, count === 0 ? 0 : truth.facts[below(random, count)]!.tick.time + pick(random, BESIDE))
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
    // A cursor continues a page, of this range or of another: nothing before either is told.
    facts: factsBetween(truth, from, cursor, until),
  }
}

async function ticks(read: Read): Promise<void> {
  const { request, facts } = rangeOf(read)
  const { data } = await read.api.ticks(request)
  const expected = facts.slice(0, request.limit).map(({ entry }) => entry)
  assert.equal(JSON.stringify(data.ticks), `[${expected.join()}]`)
  assert.equal(data.next !== undefined, facts.length > request.limit, 'there is more')
}

async function trades(read: Read): Promise<void> {
  const { request, facts } = rangeOf(read)
  const { data } = await read.api.trades(request)
  const all = facts.flatMap(({ trade }) => trade ?? [])
  assert.equal(JSON.stringify(data.trades), `[${all.slice(0, request.limit).join()}]`)
  if (data.next === undefined) assert.ok(all.length <= request.limit, 'the last page')
}

async function bars(read: Read): Promise<void> {
  const { world, api, random, issue, named, moment, date, until } = read
  const first = pick(
    random,
    world.dates.filter(each => each <= date),
  )
  const start = asEpochMicros(
    Math.min(moment, momentOf(first, below(random, 16 * 60) * MINUTE + below(random, 2))),
  )
  const from = momentToIso(start)
  // Dates that lie wholly in the range are told whole, the first from the bar of its start on.
  const parts = world.dates
    .filter(each => each >= dateOf(start) && each <= date)
    .map(each => ({
      truth: world.of(issue, each),
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

async function day({ world, api, issue, named, moment, date, until }: Read): Promise<void> {
  const { data } = await api.day(issue, named)
  // Until orders are taken the day before is shown.
  const isReset = date !== dateOf(moment) || timeOfDay(moment) >= hoursOf(date).orders
  const before = world.dates[world.dates.indexOf(date) - 1]
  const { open, high, low, last, volume } = data.day
  const shown = open && [open.price, high?.price, low?.price, last?.price, volume]
  const expected = isReset
    ? pricesAt(world.of(issue, date), until)
    : before === undefined
      ? undefined
      : pricesAt(world.of(issue, before), DAY_MICROSECONDS - 1)
  assert.deepEqual(shown, expected)
}

/** What is younger than the cut, by a microsecond or more, is refused on every route; what is to come, as such. */
async function refused({ api, now, cut, isMoving, random, issue }: Read): Promise<void> {
  const isToCome = random() < 0.3
  // Where the clock goes on, a minute is more than a read takes.
  const first = (isToCome ? now : cut) + (isMoving ? MINUTE : 0)
  const most = isToCome ? MINUTE : now - first
  const young = momentToIso(asEpochMicros(first + 1 + (random() < 0.5 ? 0 : below(random, most))))
  const range = { issue, from: undefined, to: young }
  const ask = pick(random, [
    () => api.board(issue, young),
    () => api.boards([issue], young),
    () => api.ticks({ ...range, limit: 1, after: undefined }),
    () => api.trades({ ...range, limit: 1, after: undefined }),
    () => api.bars({ ...range, interval: '1m' }),
    () => api.day(issue, young),
  ])
  await assert.rejects(ask, { name: 'Problem', code: isToCome ? 'future-time' : 'too-recent' })
}
