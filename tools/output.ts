/** Buffered text output of the tools. */
import type { Writable } from 'node:stream'

/** Characters that are buffered before a write. */
const WRITE_CHARACTERS = 64 * 1024

/** Writes lines of text to a stream, many lines a write. A full stream slows the caller down. */
export interface Output {
  line(text: string): Promise<void> | undefined
  flush(): Promise<void>
}

export function createOutput(target: Writable): Output {
  let gathered = ''
  const flush = async (): Promise<void> => {
    const text = gathered
    gathered = ''
    if (text !== '' && !target.write(text)) {
      await new Promise<void>(resolve => target.once('drain', resolve))
    }
  }
  return {
    line(text) {
      gathered += `${text}\n`
      return gathered.length > WRITE_CHARACTERS ? flush() : undefined
    },
    flush,
  }
}
