/** Shard iterators: opaque texts to callers, which hold the place to read from. */
import { AwsError } from '../aws-error.ts'

export interface IteratorPlace {
  readonly stream: string
  readonly shard: number
  readonly position: number
}

/** An iterator is valid for five minutes (GetShardIterator). */
const LIFETIME_MS = 5 * 60 * 1000
const PREFIX = 'iterator'

export function formatIterator({ stream, shard, position }: IteratorPlace): string {
  return Buffer.from([PREFIX, Date.now(), stream, shard, position].join('/')).toString('base64')
}

/** @throws AwsError when the text is no iterator, or is too old. */
export function parseIterator(text: string): IteratorPlace {
  const [prefix, issued, stream = '', shard, position] = partsOf(text)
  if (prefix !== PREFIX || !(Number(position) >= 0)) {
    throw new AwsError(400, 'InvalidArgumentException', 'Invalid ShardIterator.')
  }
  const age = Date.now() - Number(issued)
  if (age > LIFETIME_MS) {
    throw new AwsError(
      400,
      'ExpiredIteratorException',
      `Iterator expired: expected an age of at most ${LIFETIME_MS} ms, got ${age} ms`,
    )
  }
  return { stream, shard: Number(shard), position: Number(position) }
}

/** Returns the name of the stream that an iterator reads, whatever its age; `undefined` when the text is no iterator. */
export function streamOfIterator(text: string): string | undefined {
  const [prefix, , stream] = partsOf(text)
  return prefix === PREFIX ? stream : undefined
}

function partsOf(text: string): string[] {
  return Buffer.from(text, 'base64').toString().split('/')
}
