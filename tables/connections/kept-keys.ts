/**
 * The last known keys of the issuer of tokens, for functions that start while the issuer does not answer: an item beside
 * the connections, in a partition that is no room.
 */
import { asEpochSeconds, type EpochSeconds, nowMillis } from '../../market/units.ts'
import { getItem, putItem, type Table } from '../dynamodb.ts'
import { KEPT_KEYS_PARTITION } from './connections-keys.ts'

/** The one item of an issuer. Stored tables outlive code: an attribute keeps its name, type and meaning. */
export interface KeptKeysItem {
  /** Partition key. Names of rooms start with `room-`. */
  readonly room: typeof KEPT_KEYS_PARTITION
  /** Sort key: the issuer. */
  readonly connection: string
  /** JSON of the published keys (RFC 7517). */
  readonly keys: string
  /** When time to live may delete the item: epoch seconds. */
  readonly expires: EpochSeconds
}

export type KeptKeysTable = Table<KeptKeysItem>

/** Keys are kept for a week, so that they outlast a long weekend, in which no app connects. */
const KEEP_SECONDS = 7 * 24 * 3600

/** Returns a place that keeps the keys of an issuer in a table. */
export function keptKeysIn(table: KeptKeysTable, issuer: string) {
  return {
    read: () => readKeptKeys(table, issuer),
    write: (keys: readonly unknown[]) => writeKeptKeys(table, issuer, keys),
  }
}

/** Returns the last known keys of an issuer; undefined if there are none, or none of the last week. */
export async function readKeptKeys(table: KeptKeysTable, issuer: string): Promise<unknown[] | undefined> {
  const item = await getItem<KeptKeysItem>(table, { room: KEPT_KEYS_PARTITION, connection: issuer })
  // Time to live deletes late.
  if (item === undefined || item.expires * 1000 <= nowMillis()) return undefined
  return JSON.parse(item.keys) as unknown[]
}

/** Keeps the keys of an issuer. */
export async function writeKeptKeys(
  table: KeptKeysTable,
  issuer: string,
  keys: readonly unknown[],
): Promise<void> {
  await putItem(table, {
    room: KEPT_KEYS_PARTITION,
    connection: issuer,
    keys: JSON.stringify(keys),
    expires: asEpochSeconds(Math.floor(nowMillis() / 1000) + KEEP_SECONDS),
  })
}
