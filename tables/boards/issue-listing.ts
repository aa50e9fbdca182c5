/** Tells listed issue codes from others, by the issue master. */

import { type Millis, priceToYen, type TradingDate, type Yen } from '../../market/units.ts'
import type { BoardsTable } from './boards-table.ts'
import { createMaster, type Master } from './master-list.ts'

/** The list changes once a day; a list up to this old (real ms) is used. */
const LIST_AGE_MS = 60_000

export interface IssueListing {
  /**
   * Returns the codes that are not listed, by a list up to a minute old. Returns none while the issue master is empty:
   * no line has sent it yet.
   */
  unlisted(codes: readonly string[]): Promise<string[]>
  /**
   * Like `unlisted`, but reads the list again before it reports a code as not listed, and reports none until every line has sent
   * a list: on the first morning of a system the lists of the lines arrive one after the other.
   */
  recheckedUnlisted(codes: readonly string[]): Promise<string[]>
  /**
   * Returns whether a code is certainly not listed: every line has sent its list of `date` or of a later date, and no list
   * has the code. The lists are up to a minute old.
   */
  isUnlistedOn(code: string, date: TradingDate): Promise<boolean>
  /** Returns the line of an issue by a list up to a minute old; undefined if the list does not have it. */
  lineOf(code: string): Promise<number | undefined>
  /** Returns the base prices of the listed ones of these issues, by a list up to a minute old. */
  basePrices(codes: readonly string[]): Promise<Record<string, Yen>>
}

export function createIssueListing(boards: BoardsTable): IssueListing {
  const master = createMaster(boards)
  let listed: Promise<ReadonlySet<string>> | undefined
  let readAt = 0

  const read = (maxAgeMs: Millis): Promise<ReadonlySet<string>> => {
    if (listed !== undefined && Date.now() - readAt < maxAgeMs) return listed
    const codes = readCodes(master)
    // A failed read is not kept.
    codes.catch(() => {
      if (listed === codes) listed = undefined
    })
    listed = codes
    readAt = Date.now()
    return codes
  }

  return {
    async unlisted(codes) {
      return without(codes, await read(LIST_AGE_MS))
    },
    async isUnlistedOn(code, date) {
      const listed = await read(LIST_AGE_MS)
      return !listed.has(code) && master.isComplete(date)
    },
    async lineOf(code) {
      await read(LIST_AGE_MS)
      return master.lineOf(code)
    },
    async basePrices(codes) {
      await read(LIST_AGE_MS)
      return Object.fromEntries(
        codes.flatMap(code => {
          const price = master.basePriceOf(code)
          return price === undefined ? [] : [[code, priceToYen(price)]]
        }),
      )
    },
    async recheckedUnlisted(codes) {
      const listed = await read(LIST_AGE_MS)
      if (codes.every(code => listed.has(code))) return []
      const again = await read(0)
      return master.hasEveryLine() ? without(codes, again) : []
    },
  }
}

async function readCodes(master: Master): Promise<ReadonlySet<string>> {
  return new Set((await master.read()).map(({ code }) => code))
}

function without(codes: readonly string[], listed: ReadonlySet<string>): string[] {
  return listed.size === 0 ? [] : codes.filter(code => !listed.has(code))
}
