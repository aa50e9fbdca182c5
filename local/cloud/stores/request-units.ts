/** Units and keys of requests to DynamoDB. Requests come from the caller and are not checked yet. */
import type { TableQuota } from './table-quota.ts'

/** Units of the smallest write, up to 1 KB. */
export const LEAST_WRITE = 1
/** Units of the smallest read, up to 4 KB, eventually consistent. */
export const LEAST_READ = 0.5

/**
 * Returns how often an item is written: once to the table and once to each secondary index that has it.
 * @param item `undefined` if the request does not have the whole item. Then every index counts.
 */
export function writesOf({ indexes }: TableQuota, item: unknown): number {
  const holds = (key: readonly string[]): boolean =>
    item === undefined || key.every(name => attributeOf(item, name) !== undefined)
  return 1 + indexes.filter(holds).length
}

/**
 * Returns how often an update writes: once to the table and once to each secondary index, twice if it sets a key of the
 * index, because the entry moves ("Local secondary indexes", DynamoDB developer guide).
 * @param names `ExpressionAttributeNames` of the request.
 */
export function writesOfUpdate({ indexes }: TableQuota, expression: unknown, names: unknown): number {
  const words = String(expression).match(/#?[\w.-]+/g) ?? []
  const set = new Set(words.map(word => attributeOf(names, word) ?? word))
  return indexes.reduce((writes, key) => writes + (key.some(name => set.has(name)) ? 2 : 1), 1)
}

/** Returns an attribute of an item or a key. */
export function attributeOf(item: unknown, name: string): unknown {
  return typeof item === 'object' && item !== null ? (item as Record<string, unknown>)[name] : undefined
}
