/** The wish of an operator that all apps move to new connections. Broadcast reads it, and tells the apps. */
import { getItem, putItem } from '../dynamodb.ts'
import { RECONNECT_ID, type ReconnectItem } from './board-items.ts'
import type { BoardsTable } from './boards-table.ts'

export type ReconnectWish = Omit<ReconnectItem, 'id'>

/** Returns the latest wish; undefined if there was none. */
export async function readReconnectWish(boards: BoardsTable): Promise<ReconnectWish | undefined> {
  const item = await getItem<ReconnectItem>(boards, { id: RECONNECT_ID })
  return item && { at: item.at, within: item.within }
}

/** Replaces the latest wish. */
export async function writeReconnectWish(boards: BoardsTable, wish: ReconnectWish): Promise<void> {
  await putItem(boards, { id: RECONNECT_ID, ...wish })
}
