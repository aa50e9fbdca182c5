/** What the line carries beside prices: issue master, news and the state of the market, as rows of text. */
import { PRICE_SCALE } from '../../market/board.ts'
import { DAY_MICROSECONDS } from '../../market/clock.ts'
import { type IssueMaster, PHASES } from '../../market/event.ts'
import type { MarketState, News } from '../line-seam.ts'
import { decodeRows, encodeRows, TextError } from './text.ts'

const TOPIX500 = { yes: '1', no: '0' } as const

/** Code, name, section, trading unit, base price in yen, TOPIX500. */
export function encodeMaster(issues: readonly IssueMaster[]): Buffer {
  return encodeRows(
    issues.map(issue => [
      issue.code,
      issue.name,
      issue.section,
      String(issue.unit),
      String(issue.basePrice / PRICE_SCALE),
      issue.topix500 ? TOPIX500.yes : TOPIX500.no,
    ]),
  )
}

/** @throws TextError naming the field that cannot be read. */
export function decodeMaster(bytes: Uint8Array): IssueMaster[] {
  return decodeRows(bytes, 6).map(
    ([code = '', name = '', section = '', unit = '', base = '', topix = '']) => {
      if (!/^[0-9A-Z]{4,5}$/.test(code))
        throw new TextError(`issue master: expected an issue code, got "${code}"`)
      if (topix !== TOPIX500.yes && topix !== TOPIX500.no) {
        throw new TextError(`issue master of ${code}: expected TOPIX500 as 0 or 1, got "${topix}"`)
      }
      return {
        code,
        name,
        section,
        unit: wholeOf(unit, `trading unit of ${code}`),
        basePrice: Math.round(numberOf(base, `base price of ${code}`) * PRICE_SCALE),
        topix500: topix === TOPIX500.yes,
      }
    },
  )
}

/** Time, headline, issue codes. */
export function encodeNews(news: News): Buffer {
  return encodeRows([[String(news.time), news.headline, news.issues.join(' ')]])
}

/** @throws TextError */
export function decodeNews(bytes: Uint8Array): News {
  const [time = '', headline = '', issues = ''] = oneRow(bytes, 3, 'news')
  return { time: timeOf(time, 'time of news'), headline, issues: issues === '' ? [] : issues.split(' ') }
}

/** Time, phase. */
export function encodeMarketState(state: MarketState): Buffer {
  return encodeRows([[String(state.time), state.phase]])
}

/** @throws TextError */
export function decodeMarketState(bytes: Uint8Array): MarketState {
  const [time = '', name = ''] = oneRow(bytes, 2, 'market state')
  const phase = PHASES.find(known => known === name)
  if (phase === undefined) {
    throw new TextError(`market state: expected one of ${PHASES.join(', ')}, got "${name}"`)
  }
  return { time: timeOf(time, 'time of market state'), phase }
}

function oneRow(bytes: Uint8Array, columns: number, what: string): string[] {
  const rows = decodeRows(bytes, columns)
  const [row] = rows
  if (row === undefined || rows.length > 1)
    throw new TextError(`${what}: expected one line, got ${rows.length}`)
  return row
}

/** Digits of a number, with decimals or without; more than these no board could hold. */
const NUMBER = /^\d{1,11}(\.\d{1,4})?$/

function numberOf(text: string, what: string): number {
  if (!NUMBER.test(text)) throw new TextError(`${what}: expected a number, got "${text}"`)
  return Number(text)
}

function wholeOf(text: string, what: string): number {
  const value = numberOf(text, what)
  if (!Number.isInteger(value)) throw new TextError(`${what}: expected a whole number, got "${text}"`)
  return value
}

/** Microseconds since midnight. */
function timeOf(text: string, what: string): number {
  const value = wholeOf(text, what)
  if (value >= DAY_MICROSECONDS) throw new TextError(`${what}: expected a time of day, got "${text}"`)
  return value
}
