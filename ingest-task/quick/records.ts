/** Content of the line other than prices: issue master, news and phases of the market, as rows of text. */
import { isIssueCode } from '../../market/issue-code.ts'
import { type IssueMaster, PHASES } from '../../market/market-event.ts'
import { DAY_MICROSECONDS } from '../../market/moment.ts'
import { type DayMicros, PRICE_SCALE, priceToYen } from '../../market/units.ts'
import type { News, PhaseStart } from '../line-seam.ts'
import { decodeRow, decodeRows, encodeRows, linesOf, quoted, TextError } from './text.ts'

const TOPIX500 = { yes: '1', no: '0' } as const

/** Fields of a row of the issue master without and with the names in kana and English. */
const MASTER_FIELDS = 6
const MASTER_FIELDS_WITH_NAMES = 8

/**
 * Returns rows of code, name, section, trading unit, base price in yen, TOPIX500. A row of an issue with further names also has the
 * name in kana and the English name, of which one may be empty.
 */
export function encodeMaster(issues: readonly IssueMaster[]): Buffer {
  return encodeRows(
    issues.map(({ code, name, nameKana, nameEn, section, unit, basePrice, topix500 }) => [
      code,
      name,
      section,
      String(unit),
      String(priceToYen(basePrice)),
      topix500 ? TOPIX500.yes : TOPIX500.no,
      ...(nameKana === undefined && nameEn === undefined ? [] : [nameKana ?? '', nameEn ?? '']),
    ]),
  )
}

export interface Master {
  readonly issues: IssueMaster[]
  /** Why rows were left out: the row, what was expected and what came. */
  readonly unread: string[]
}

/** Reads an issue master. An unreadable row is left out; the other rows are kept. */
export function decodeMaster(bytes: Uint8Array): Master {
  const master: Master = { issues: [], unread: [] }
  linesOf(bytes).forEach((line, index) => {
    try {
      master.issues.push(decodeIssue(line))
    } catch (error) {
      if (!(error instanceof TextError)) throw error
      master.unread.push(`row ${index + 1}: ${error.message}`)
    }
  })
  return master
}

/**
 * Reads a row of the issue master.
 * @throws TextError naming the unreadable field.
 */
function decodeIssue(line: Uint8Array): IssueMaster {
  const fields = decodeRow(line, MASTER_FIELDS, MASTER_FIELDS_WITH_NAMES)
  const [code = '', name = '', section = '', unit = '', base = '', topix = '', nameKana, nameEn] = fields
  if (!isIssueCode(code)) throw new TextError(`expected an issue code, got ${quoted(code)}`)
  if (topix !== TOPIX500.yes && topix !== TOPIX500.no) {
    throw new TextError(`TOPIX500 of ${code}: expected 0 or 1, got ${quoted(topix)}`)
  }
  return {
    code,
    name,
    ...(nameKana && { nameKana }),
    ...(nameEn && { nameEn }),
    section,
    unit: wholeOf(unit, `trading unit of ${code}`),
    basePrice: Math.round(numberOf(base, `base price of ${code}`) * PRICE_SCALE),
    topix500: topix === TOPIX500.yes,
  }
}

/** Returns a row of time, headline, issue codes. */
export function encodeNews(news: News): Buffer {
  return encodeRows([[String(news.time), news.headline, news.issues.join(' ')]])
}

/**
 * Reads news.
 * @throws TextError
 */
export function decodeNews(bytes: Uint8Array): News {
  const [time = '', headline = '', issues = ''] = oneRow(bytes, 3, 'news')
  return { time: timeOf(time, 'time of news'), headline, issues: issues === '' ? [] : issues.split(' ') }
}

/** Returns a row of time and phase. */
export function encodePhase(start: PhaseStart): Buffer {
  return encodeRows([[String(start.time), start.phase]])
}

/**
 * Reads the start of a phase.
 * @throws TextError
 */
export function decodePhase(bytes: Uint8Array): PhaseStart {
  const [time = '', name = ''] = oneRow(bytes, 2, 'phase')
  const phase = PHASES.find(candidate => candidate === name)
  if (phase === undefined) {
    throw new TextError(`phase: expected one of ${PHASES.join(', ')}, got ${quoted(name)}`)
  }
  return { time: timeOf(time, 'time of the phase'), phase }
}

function oneRow(bytes: Uint8Array, columns: number, what: string): string[] {
  const rows = decodeRows(bytes, columns)
  const [row] = rows
  if (row === undefined || rows.length > 1)
    throw new TextError(`${what}: expected one line, got ${rows.length}`)
  return row
}

/** A number with at most 11 integer digits and 4 decimals: a board cannot hold more. */
const NUMBER = /^\d{1,11}(\.\d{1,4})?$/

function numberOf(text: string, what: string): number {
  if (!NUMBER.test(text)) throw new TextError(`${what}: expected a number, got ${quoted(text)}`)
  return Number(text)
}

function wholeOf(text: string, what: string): number {
  const value = numberOf(text, what)
  if (!Number.isInteger(value)) throw new TextError(`${what}: expected a whole number, got ${quoted(text)}`)
  return value
}

/** Returns microseconds since midnight. */
function timeOf(text: string, what: string): DayMicros {
  const value = wholeOf(text, what)
  if (value >= DAY_MICROSECONDS) throw new TextError(`${what}: expected a time of day, got ${quoted(text)}`)
  return value
}
