/**
 * Reads the issue master: the list of all issues, in parts by line and trading date. The head of a line names the parts
 * that belong together. A reader follows the heads, so it gets the old list of a line or the new list, never a mixture.
 */
import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'
import { LINE_NUMBERS } from '../../market/lane.ts'
import type { IssueMaster } from '../../market/market-event.ts'
import type { FeedPrice, TradingDate } from '../../market/units.ts'
import { getItems } from '../dynamodb.ts'
import {
  type MasterHeadItem,
  type MasterPartItem,
  type MasterParts,
  masterHeadId,
  masterPartIds,
} from './board-items.ts'
import { MASTER_PREFIX } from './boards-keys.ts'
import type { BoardsTable } from './boards-table.ts'

const inflate = promisify(inflateRaw)

/** A writer may replace a list, and delete its parts, after a reader has read the head. The reader then starts again. */
const ATTEMPTS = 5

/** The content of a head: all parts of a line's master. */
export interface MasterHead extends MasterParts {
  /** Issues in all parts. */
  readonly count: number
  /** The list that this list has replaced. Its parts are deleted, at the latest when this list is replaced. */
  readonly replaced?: MasterParts | undefined
}

export function masterHeadOf(item: MasterHeadItem): MasterHead {
  return JSON.parse(item.head) as MasterHead
}

export interface Master {
  /** Returns the listed issues of all lines. Reads the parts only if a head has changed since the last call. */
  read(): Promise<readonly IssueMaster[]>
  /** Returns the line of an issue by the list that was read last; undefined if the list does not have it. */
  lineOf(code: string): number | undefined
  /** Returns the trading date of that list of the line of an issue. */
  dateOf(code: string): TradingDate | undefined
  /** Returns the base price (基準値段) of an issue by that list. */
  basePriceOf(code: string): FeedPrice | undefined
  /** Returns whether the list that was read last has a list of every line, of any date. */
  hasEveryLine(): boolean
  /** Returns whether it has every line's list of `date` or of a later date. */
  isComplete(date: TradingDate): boolean
}

export function createMaster(boards: BoardsTable): Master {
  let issues: readonly IssueMaster[] = []
  let lines: ReadonlyMap<string, number> = new Map()
  let basePrices: ReadonlyMap<string, FeedPrice> = new Map()
  /** By line. */
  let dates: ReadonlyMap<number, TradingDate> = new Map()
  /** JSON of the heads that `issues` comes from. */
  let version = '[]'

  const getAll = <T extends object>(ids: readonly string[]): Promise<T[]> =>
    getItems<T>(
      boards,
      ids.map(id => ({ id })),
    )

  return {
    lineOf: code => lines.get(code),
    basePriceOf: code => basePrices.get(code),
    dateOf(code) {
      const line = lines.get(code)
      return line === undefined ? undefined : dates.get(line)
    },
    hasEveryLine: () => dates.size === LINE_NUMBERS.length,
    isComplete: date => dates.size === LINE_NUMBERS.length && [...dates.values()].every(each => each >= date),
    async read() {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const items = await getAll<MasterHeadItem>(LINE_NUMBERS.map(masterHeadId))
        const heads = items.map(masterHeadOf).sort((a, b) => a.line - b.line)
        const newVersion = JSON.stringify(heads)
        if (newVersion === version) return issues
        const ids = heads.flatMap(masterPartIds)
        const parts = await getAll<MasterPartItem>(ids)
        if (parts.length < ids.length) continue
        const lists = await Promise.all(parts.map(issuesOf))
        issues = lists.flat()
        lines = new Map(
          lists.flatMap((list, index) => list.map(({ code }) => [code, lineOfPart(parts[index]!)])),
        )
        basePrices = new Map(issues.map(({ code, basePrice }) => [code, basePrice]))
        dates = new Map(heads.map(({ line, tradingDate }) => [line, tradingDate]))
        version = newVersion
        return issues
      }
      throw new Error(
        `expected all parts of the issue master in ${boards.table}, some were missing in ${ATTEMPTS} attempts`,
      )
    },
  }
}

/** Returns the line in the id of a part: `issues#1#20261120#0`. */
function lineOfPart({ id }: MasterPartItem): number {
  return Number(id.slice(MASTER_PREFIX.length).split('#', 1)[0])
}

async function issuesOf(part: MasterPartItem): Promise<IssueMaster[]> {
  return JSON.parse(String(await inflate(part.issues))) as IssueMaster[]
}
