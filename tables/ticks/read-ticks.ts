/**
 * Reads ticks from the packs of the ticks table.
 *
 * A pack holds every tick of its issue from the pack's first tick to its last. The stream is delivered at least once, so
 * packs may overlap. Reads are exact because of two rules:
 * - The pack with the latest start at or before a tick holds that tick (docs/storage.md).
 * - A reader returns each sequence once.
 */
import { F, fieldOf } from '../../market/board.ts'
import { packTicks } from '../../market/codec/pack.ts'
import type { Tick, TickPlace } from '../../market/tick.ts'
import { deriveTrade } from '../../market/trade.ts'
import type { DayMicros, TradingDate } from '../../market/units.ts'
import { LAST_SEQUENCE, type PackItem, packKey, packTime, sequenceOf, type TicksKey } from './ticks-item.ts'
import { type Page, query, type TicksTable } from './ticks-table.ts'

/** A tick and the previous tick of the same issue and date, if there is one. */
export interface Step {
  readonly tick: Tick
  readonly before: Tick | undefined
}

/** Packs in the first page of a range. Each later page has twice as many, so that a read of a few ticks costs little. */
const FIRST_PAGE_PACKS = 2
const MAX_PAGE_PACKS = 32

/** Returns an issue's last tick on `date` at or before `time` (µs of the day). Costs one Query and decodes one pack. */
export async function tickAsOf(
  ticks: TicksTable,
  issue: string,
  date: TradingDate,
  time: DayMicros,
): Promise<Tick | undefined> {
  const pack = await packAt(ticks, issue, date, { time, sequence: LAST_SEQUENCE })
  let last: Tick | undefined
  for (const tick of pack ?? []) if (tick.time <= time) last = tick
  return last
}

/**
 * Reads an issue's ticks on `date` after the place `after` up to `until` (µs of the day, inclusive), by rising
 * sequence, each once. Trades and losses that a stored tick does not show are restored: {@link restoreTick}.
 */
export async function* ticksBetween(
  ticks: TicksTable,
  issue: string,
  date: TradingDate,
  after: TickPlace,
  until: DayMicros,
): AsyncGenerator<Tick> {
  for await (const { tick } of stepsBetween(ticks, issue, date, after, until)) yield tick
}

/** Reads the same ticks as {@link ticksBetween}, each with the previous tick, also the first of the range. */
export async function* stepsBetween(
  ticks: TicksTable,
  issue: string,
  date: TradingDate,
  after: TickPlace,
  until: DayMicros,
): AsyncGenerator<Step> {
  // DynamoDB refuses a BETWEEN whose lower bound is above its upper bound.
  if (after.time > until) return
  let before: Tick | undefined
  for await (const pack of packsFrom(ticks, issue, date, after, until)) {
    for (const tick of pack) {
      if (tick.time > until) break
      if (before !== undefined && tick.sequence <= before.sequence) continue
      if (isAfter(tick, after)) yield { tick: restoreTick(tick, before), before }
      before = tick
    }
  }
}

function isAfter({ time, sequence }: TickPlace, place: TickPlace): boolean {
  return sequence > place.sequence && time >= place.time
}

/**
 * Restores what a stored tick does not show, by comparison with the previous tick:
 * - `lost`, if the exchange's update number of the issue skips a number: a message between the two was lost.
 * - the trade, if the tick was stored without it: a snapshot after the restart of a line has no earlier board.
 */
function restoreTick(tick: Tick, before: Tick | undefined): Tick {
  if (tick.lost || before === undefined) return tick
  const earlier = fieldOf(before.board, F.updateNumber)
  const later = fieldOf(tick.board, F.updateNumber)
  if (earlier !== undefined && later !== undefined && later > earlier + 1) return { ...tick, lost: true }
  if (tick.trade !== undefined) return tick
  const trade = deriveTrade(before.board, tick.board)
  return trade === undefined ? tick : { ...tick, trade }
}

/** Reads the packs that hold the ticks after a place, in the order of their starts. The first may start before it. */
async function* packsFrom(
  ticks: TicksTable,
  issue: string,
  date: TradingDate,
  after: TickPlace,
  until: DayMicros,
): AsyncGenerator<Iterable<Tick>> {
  const first = await packAt(ticks, issue, date, after)
  if (first !== undefined) yield first
  let start: TicksKey | undefined
  let limit = FIRST_PAGE_PACKS
  do {
    const page: Page<PackItem> = await query(ticks, packKey(issue, date), {
      condition: '#key = :key AND #time BETWEEN :from AND :until',
      values: {
        ':from': packTime({ ...after, sequence: after.sequence + 1 }),
        ':until': packTime({ time: until, sequence: LAST_SEQUENCE }),
      },
      limit,
      start,
    })
    for (const { pack } of page.items) yield packTicks(pack)
    start = page.next
    limit = Math.min(2 * limit, MAX_PAGE_PACKS)
  } while (start !== undefined)
}

/** Returns the sequences at which packs start, from the place `first` to the place `last`. */
export async function packStarts(
  ticks: TicksTable,
  issue: string,
  date: TradingDate,
  first: TickPlace,
  last: TickPlace,
): Promise<number[]> {
  const starts: number[] = []
  let start: TicksKey | undefined
  do {
    const page: Page<PackItem> = await query(ticks, packKey(issue, date), {
      condition: '#key = :key AND #time BETWEEN :from AND :until',
      values: { ':from': packTime(first), ':until': packTime(last) },
      start,
    })
    starts.push(...page.items.map(({ time }) => sequenceOf(time)))
    start = page.next
  } while (start !== undefined)
  return starts
}

/** Returns the ticks of the pack with the latest start at or before `place`. They are decoded while they are read. */
export async function packAt(
  ticks: TicksTable,
  issue: string,
  date: TradingDate,
  place: TickPlace,
): Promise<Iterable<Tick> | undefined> {
  // DynamoDB filters after the limit. If the latest pack has expired the page is empty; earlier packs have expired too.
  const { items } = await query<PackItem>(ticks, packKey(issue, date), {
    condition: '#key = :key AND #time <= :place',
    values: { ':place': packTime(place) },
    limit: 1,
    descending: true,
  })
  const item = items[0]
  return item && packTicks(item.pack)
}
