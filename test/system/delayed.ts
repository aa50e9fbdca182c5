/** Compares the answers of the delayed routes of a running system with the truth. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { SyntheticSource } from '../../local/local-market.ts'
import type { System } from '../../local/system.ts'
import type { BoardJson } from '../../market/board-json.ts'
import { boardToJson } from '../../market/board-to-json.ts'
import { type MarketRowJson, marketRow, totalsOf } from '../../market/market-row.ts'
import { isoDate, momentOf } from '../../market/moment.ts'
import { PRICE_SCALE } from '../../market/units.ts'
import { trueTrade } from '../market/trade-truth.ts'
import { getJson } from './get-json.ts'
import { microsecondsOf } from './iso-time.ts'
import type { Truth } from './system-truth.ts'

const DELAY_MICROSECONDS = 20 * 60_000_000
/** Wait for storing, ms: the half hour before live runs 75 times as fast as the market, and a busy machine lags. */
const STORE_MILLISECONDS = 60_000

/** From then on (µs of the day) the rows of a market that is live at 9:30 must be: after the opening, and long before live. */
const FIRST_MARKET = (9 * 60 + 1) * 60_000_000

/** Ticks of a page: a range has several pages. */
const PAGE_TICKS = 20

type TestedSystem = System<SyntheticSource>

/** Returns the current market time, µs of the day. */
function timeOf({ clock, time }: TestedSystem): number {
  return clock.now() - momentOf(time.tradingDate, 0)
}

/** Asserts that all boards at the cut are the true boards and at least twenty minutes old, once they are stored. */
export async function assertDelayedBoards(
  system: TestedSystem,
  codes: readonly string[],
  truth: Truth,
): Promise<void> {
  const ask = async () => {
    const { asOf, boards } = await getJson<{ asOf: string; boards: BoardJson[] }>(
      `${system.cloud.httpUrl}/v1/boards?issues=${codes.join(',')}`,
    )
    const cut = microsecondsOf(asOf)
    assert.ok(cut <= timeOf(system) - DELAY_MICROSECONDS, `asOf ${asOf} is younger than twenty minutes`)
    return { boards, expected: codes.flatMap(code => truth.asOf(code, cut) ?? []).map(boardToJson) }
  }
  let answer = await ask()
  for (const late = Date.now() + STORE_MILLISECONDS; Date.now() < late; answer = await ask()) {
    if (isDeepStrictEqual(answer.boards, answer.expected)) break
    await sleep(500)
  }
  assert.deepEqual(answer.boards, answer.expected)
}

/**
 * Asserts that the whole market has every issue that had traded by `asOf`, a moment up to the cut, and that each row was true
 * then or later up to the cut.
 */
export async function assertDelayedMarket(
  system: TestedSystem,
  codes: readonly string[],
  truth: Truth,
): Promise<void> {
  const rowAt = (issue: string, time: number): MarketRowJson | undefined => {
    const tick = truth.asOf(issue, time)
    const totals = tick && totalsOf(tick)
    return totals && marketRow(totals)
  }
  const ask = async () => {
    const { asOf, rows } = await getJson<{ asOf: string; rows: MarketRowJson[] }>(
      `${system.cloud.httpUrl}/v1/market`,
    )
    // Before anything is stored, the answer has the end of the day before.
    if (!asOf.startsWith(isoDate(system.time.tradingDate))) return { missing: [], isOpen: false }
    const [from, cut] = [microsecondsOf(asOf), timeOf(system) - DELAY_MICROSECONDS]
    assert.ok(from <= cut, `asOf ${asOf} is younger than twenty minutes`)
    for (const row of rows) {
      const times = [from, ...truth.ticksOf(row[0]).map(({ time }) => time)]
      const isTrue = times.some(
        time => time >= from && time <= cut && isDeepStrictEqual(rowAt(row[0], time), row),
      )
      assert.ok(isTrue, `${row} was not true from ${asOf} to the cut`)
    }
    const traded = codes.filter(code => rowAt(code, from) !== undefined)
    const missing = traded.filter(code => !rows.some(([issue]) => issue === code))
    return { missing, isOpen: from >= FIRST_MARKET }
  }
  const expected = { missing: [], isOpen: true }
  let answer = await ask()
  for (const late = Date.now() + STORE_MILLISECONDS; Date.now() < late; answer = await ask()) {
    if (isDeepStrictEqual(answer, expected)) break
    await sleep(500)
  }
  assert.deepEqual(answer, expected)
}

/** Asserts the board at `time`, µs of the day. */
export async function assertBoardAt(
  system: TestedSystem,
  code: string,
  truth: Truth,
  time: number,
): Promise<void> {
  const at = encodeURIComponent(new Date(momentOf(system.time.tradingDate, time) / 1000).toISOString())
  const answer = await getJson<{ asOf: string; board: BoardJson | null }>(
    `${system.cloud.httpUrl}/v1/boards/${code}?at=${at}`,
  )
  const expected = truth.asOf(code, microsecondsOf(answer.asOf))
  assert.deepEqual(answer.board, expected === undefined ? null : boardToJson(expected))
}

/** Returns the ticks of a range, page by page, after all of them are stored. */
async function readStored(system: TestedSystem, code: string, range: string): Promise<BoardJson[]> {
  const limit = Date.now() + STORE_MILLISECONDS
  const ticks: BoardJson[] = []
  let next: string | undefined
  do {
    const page = await getJson<{ ticks: BoardJson[]; late?: true; next?: string }>(
      `${system.cloud.httpUrl}/v1/ticks/${code}?${range}&limit=${PAGE_TICKS}` +
        (next === undefined ? '' : `&after=${encodeURIComponent(next)}`),
    )
    if (page.late) {
      assert.ok(Date.now() < limit, `expected the ticks of ${code} stored within ${STORE_MILLISECONDS} ms`)
      await sleep(500)
      continue
    }
    ticks.push(...page.ticks)
    next = page.next
  } while (next !== undefined || ticks.length === 0)
  return ticks
}

/** Asserts every tick from `from` to before `to`, page by page, and that the bars follow from the trades. */
export async function assertRange(
  system: TestedSystem,
  code: string,
  truth: Truth,
  from: string,
  to: string,
): Promise<void> {
  const range = `from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`
  const ticks = await readStored(system, code, range)
  const steps = truth.ticksOf(code).map((tick, index, all) => ({ tick, before: all[index - 1] }))
  const inRange = steps.filter(
    ({ tick: { time } }) => time >= microsecondsOf(from) && time < microsecondsOf(to),
  )
  assert.ok(inRange.length > 0)
  assert.equal(ticks.length, inRange.length)
  for (const [index, { tick, before }] of inRange.entries()) {
    const trade = trueTrade(tick, before)
    assert.deepEqual(ticks[index], { ...boardToJson(tick), ...(trade && { trade }) })
  }
  const { bars } = await getJson<{ bars: { time: string; volume: number; high: number; low: number }[] }>(
    `${system.cloud.httpUrl}/v1/bars/${code}?${range}`,
  )
  const trades = inRange.flatMap(({ tick }) => tick.trade ?? [])
  assert.equal(
    bars.reduce((total, { volume }) => total + volume, 0),
    trades.reduce((total, { quantity }) => total + quantity, 0),
  )
  if (trades.length === 0) return
  const prices = trades.map(({ price }) => price / PRICE_SCALE)
  assert.equal(Math.max(...bars.map(({ high }) => high)), Math.max(...prices))
  assert.equal(Math.min(...bars.map(({ low }) => low)), Math.min(...prices))
}
