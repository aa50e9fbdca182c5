import type { Writable } from 'node:stream'

/** Characters gathered before they are written. */
const WRITE_CHARACTERS = 64 * 1024

/** Lines of text to a stream, many to a write, never faster than they are taken. */
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
