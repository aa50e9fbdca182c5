import { createDecipheriv } from 'node:crypto'
import { ITERATOR_PWD_IV, ITERATOR_PWD_KEY } from 'kinesalite/db/index.js'

/**
 * The stream that an iterator of kinesalite reads; none where the text is no iterator. Inside stand, behind eight
 * bytes and with slashes between, its time, stream, shard and sequence number.
 */
export function streamOfIterator(iterator: string): string | undefined {
  const decipher = createDecipheriv('aes-256-cbc', ITERATOR_PWD_KEY, ITERATOR_PWD_IV)
  try {
    const hidden = Buffer.from(iterator, 'base64').subarray(8)
    return Buffer.concat([decipher.update(hidden), decipher.final()])
      .toString()
      .split('/')[1]
  } catch {
    return undefined
  }
}
