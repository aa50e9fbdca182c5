/**
 * Computes what an item costs to write, by the rules of DynamoDB (developer guide, "Item sizes and formats" and
 * "Provisioned capacity mode").
 */

/** Bytes of an item that one write unit pays for. */
const WRITE_UNIT_BYTES = 1024

/** Returns the bytes of an item: the names of its attributes and their values. */
export function itemBytes(item: object): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  )
}

/** Returns the write units of a new item, or of an item that replaces one of at most its size. */
export function writeUnits(item: object): number {
  return Math.ceil(itemBytes(item) / WRITE_UNIT_BYTES)
}

/** @throws TypeError for a type that no item of this system has. */
function valueBytes(value: unknown): number {
  if (value instanceof Uint8Array) return value.length
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (typeof value === 'number') return numberBytes(String(value))
  if (typeof value === 'boolean') return 1
  throw new TypeError(
    `expected an attribute of type Uint8Array, string, number or boolean, got ${typeof value}`,
  )
}

/** Returns one byte for every two significant digits, and one more. */
function numberBytes(text: string): number {
  const digits = text.replace(/[-.]/g, '').replace(/^0+|0+$/g, '')
  return Math.ceil(digits.length / 2) + 1
}
