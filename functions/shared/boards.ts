/** The boards table: the latest board of every issue, the issue master, and what is going on. */
import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { IssueMaster, MarketEvent } from '../../market/event.ts'
import { LINES } from '../../market/lane.ts'
import { decodePack } from '../../market/pack.ts'
import type { Tick } from '../../market/tick.ts'
import { getAll, type Item } from './dynamodb.ts'

const inflate = promisify(inflateRaw)

export interface BoardsTable {
  readonly client: DynamoDBClient
  readonly table: string
}

/** Ids of the table's items. */
export const boardId = (issue: string): string => `issue#${issue}`
export const masterId = (line: number, part: number): string => `issues#${line}#${part}`
export const lineId = (line: number): string => `line#${line}`
export const PHASE_ID = 'phase'
export const NEWS_ID = 'news'

/** Parts of a line's issue master that are asked for at once; more are asked for while the last one is there. */
const PARTS_AT_ONCE = 8

/** The latest ticks of issues; those without one yet are left out. Consistent, so that nothing written is missed. */
export async function readBoards({ client, table }: BoardsTable, issues: readonly string[]): Promise<Tick[]> {
  const keys = issues.map(issue => ({ id: { S: boardId(issue) } }))
  const items = await getAll(client, table, keys, true)
  return items.flatMap(item => (item.pack?.B === undefined ? [] : decodePack(item.pack.B).slice(-1)))
}

/** The issue master of all lines. */
export async function readMaster({ client, table }: BoardsTable): Promise<IssueMaster[]> {
  const lines = Array.from({ length: LINES }, (_, index) => index + 1)
  const found: IssueMaster[] = []
  for (let part = 0; ; part += PARTS_AT_ONCE) {
    const parts = Array.from({ length: PARTS_AT_ONCE }, (_, index) => part + index)
    const ids = lines.flatMap(line => parts.map(each => masterId(line, each)))
    const items = await getAll(client, table, ids.map(idKey), false)
    for (const item of items) {
      if (item.issues?.B !== undefined)
        found.push(...(JSON.parse(String(await inflate(item.issues.B))) as IssueMaster[]))
    }
    const lastOnes = new Set(lines.map(line => masterId(line, part + PARTS_AT_ONCE - 1)))
    if (!items.some(item => lastOnes.has(item.id?.S ?? ''))) return found
  }
}

export interface Status {
  readonly phase: MarketEvent | undefined
  /** By number of the line. */
  readonly lines: readonly MarketEvent[]
  /** Latest first. */
  readonly news: readonly MarketEvent[]
}

/** Phase, lines and news as they are now. Consistent, so that an event just stored is among them. */
export async function readStatus({ client, table }: BoardsTable): Promise<Status> {
  const lineIds = Array.from({ length: LINES }, (_, index) => lineId(index + 1))
  const items = await getAll(client, table, [PHASE_ID, NEWS_ID, ...lineIds].map(idKey), true)
  const byId = new Map(items.map(item => [item.id?.S, item]))
  const eventOf = (id: string): MarketEvent | undefined => {
    const text = byId.get(id)?.event?.S
    return text === undefined ? undefined : (JSON.parse(text) as MarketEvent)
  }
  return {
    phase: eventOf(PHASE_ID),
    lines: lineIds.map(eventOf).filter(event => event !== undefined),
    news: JSON.parse(byId.get(NEWS_ID)?.events?.S ?? '[]') as MarketEvent[],
  }
}

function idKey(id: string): Item {
  return { id: { S: id } }
}
