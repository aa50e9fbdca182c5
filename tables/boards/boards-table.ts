/** The boards table: the latest board of every issue and what is going on. The issue master in it: master.ts. */
import { decodePack } from '../../market/codec/pack.ts'
import type { EventOf } from '../../market/market-event.ts'
import type { StatusEvent } from '../../market/protocol.ts'
import type { Tick } from '../../market/tick.ts'
import { getAll, type Table } from '../dynamodb.ts'
import { LINE_NUMBERS, lineId, lineItem, stateNow } from './line-item.ts'

export type BoardsTable = Table

/** Ids of items. */
export const boardId = (issue: string): string => `issue#${issue}`
export const PHASE_ID = 'phase'
export const NEWS_ID = 'news'

/** The latest ticks of issues; those without one yet are left out. Consistent, so that nothing written is missed. */
export async function readBoards({ client, table }: BoardsTable, issues: readonly string[]): Promise<Tick[]> {
  const keys = issues.map(issue => ({ id: { S: boardId(issue) } }))
  const items = await getAll({ client, table }, keys)
  return items.flatMap(item => (item.pack?.B === undefined ? [] : decodePack(item.pack.B).slice(-1)))
}

export interface Status {
  readonly phase: EventOf<'phase'> | undefined
  /** By number of the line; one that has never been heard is not there. */
  readonly lines: readonly EventOf<'line'>[]
  /** Latest first. */
  readonly news: readonly EventOf<'news'>[]
}

/**
 * Phase, lines and news as they are now. Consistent, so that an event just stored is among them. A line that has not
 * been heard lately is stale, whoever was there to say so.
 */
export async function readStatus({ client, table }: BoardsTable): Promise<Status> {
  const now = Date.now()
  const ids = [PHASE_ID, NEWS_ID, ...LINE_NUMBERS.map(lineId)]
  const items = await getAll(
    { client, table },
    ids.map(id => ({ id: { S: id } })),
  )
  const byId = new Map(items.map(item => [item.id?.S, item]))
  const phase = byId.get(PHASE_ID)?.event?.S
  return {
    phase: phase === undefined ? undefined : (JSON.parse(phase) as EventOf<'phase'>),
    lines: LINE_NUMBERS.flatMap(line => {
      const item = lineItem(byId.get(lineId(line)))
      return item === undefined ? [] : [stateNow(item, now)]
    }),
    news: JSON.parse(byId.get(NEWS_ID)?.events?.S ?? '[]') as EventOf<'news'>[],
  }
}

/** What an app is told of the status: phase and lines. */
export function statusEvents({ phase, lines }: Status): StatusEvent[] {
  return phase === undefined ? [...lines] : [phase, ...lines]
}
