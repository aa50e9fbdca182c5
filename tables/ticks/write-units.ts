/** What an item costs to write, by the rules of DynamoDB ("Item sizes and formats", "Provisioned capacity mode"). */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Item } from '../dynamodb.ts'

/** One write unit pays for so many bytes of an item, or a part of them. */
const WRITE_UNIT_BYTES = 1024

/** Bytes of an item: the names of its attributes and their values. */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  )
}

/** Write units of putting an item that is new, or no smaller than the one before it. */
export function writeUnits(item: Item): number {
  return Math.ceil(itemBytes(item) / WRITE_UNIT_BYTES)
}

/** @throws TypeError for a type that no item of this system has. */
function valueBytes({ S, N, B, BOOL }: AttributeValue): number {
  if (B !== undefined) return B.length
  if (S !== undefined) return Buffer.byteLength(S)
  if (N !== undefined) return numberBytes(N)
  if (BOOL !== undefined) return 1
  throw new TypeError('expected an attribute of type S, N, B or BOOL, got another')
}

/** A byte for every two digits, without zeros at either end, and one more. */
function numberBytes(text: string): number {
  const digits = text.replace(/[-.]/g, '').replace(/^0+|0+$/g, '')
  return Math.ceil(digits.length / 2) + 1
}
