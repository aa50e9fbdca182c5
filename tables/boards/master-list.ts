/**
 * The issue master in the boards table: parts by line and trading date, and for each line a head that names the parts
 * that are all there. Readers go by the heads, so they see a line's old list or its new one, never a mixture.
 */
import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'
import type { IssueMaster } from '../../market/market-event.ts'
import type { TradingDate } from '../../market/units.ts'
import { getAll, type Item } from '../dynamodb.ts'
import { MASTER_PREFIX } from './boards-keys.ts'
import type { BoardsTable } from './boards-table.ts'
import { LINE_NUMBERS } from './line-item.ts'

const inflate = promisify(inflateRaw)

/** A list may be replaced, and its parts removed, between the reading of its head and of its parts: then again. */
const ATTEMPTS = 5

/** All parts of a line's master. */
export interface MasterHead {
  readonly line: number
  readonly tradingDate: TradingDate
  readonly parts: number
  /** Issues in all parts. */
  readonly count: number
  /** Another one for other issues. */
  readonly version: string
}

export const headId = (line: number): string => `${MASTER_PREFIX}${line}`
export const partIds = (head: Pick<MasterHead, 'line' | 'tradingDate' | 'parts'>): string[] =>
  Array.from({ length: head.parts }, (_, part) => `${headId(head.line)}#${head.tradingDate}#${part}`)

/** @returns undefined where there is none. */
export function masterHead(item: Item | undefined): MasterHead | undefined {
  return item?.head?.S === undefined ? undefined : (JSON.parse(item.head.S) as MasterHead)
}

export interface Master {
  /** The listed issues of all lines as they are now: read again only where a head has changed. */
  read(): Promise<readonly IssueMaster[]>
}

export function createMaster({ client, table }: BoardsTable): Master {
  let issues: readonly IssueMaster[] = []
  let state = '[]'

  const get = (ids: readonly string[]): Promise<Item[]> =>
    getAll(
      { client, table },
      ids.map(id => ({ id: { S: id } })),
    )

  return {
    async read() {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const items = await get(LINE_NUMBERS.map(headId))
        const heads = items.flatMap(item => masterHead(item) ?? []).toSorted((a, b) => a.line - b.line)
        const text = JSON.stringify(heads)
        if (text === state) return issues
        const ids = heads.flatMap(partIds)
        const parts = await get(ids)
        if (parts.length < ids.length) continue
        const lists = await Promise.all(parts.map(issuesOf))
        issues = lists.flat()
        state = text
        return issues
      }
      throw new Error(
        `expected all parts of the issue master in ${table}, ${ATTEMPTS} times some were missing`,
      )
    },
  }
}

async function issuesOf({ issues }: Item): Promise<IssueMaster[]> {
  return issues?.B === undefined ? [] : (JSON.parse(String(await inflate(issues.B))) as IssueMaster[])
}
