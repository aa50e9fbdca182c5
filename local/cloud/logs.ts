/** Where functions and tasks write: a file each, never the terminal. */
import { createWriteStream, mkdirSync, renameSync, type WriteStream } from 'node:fs'
import { join } from 'node:path'

export interface Logs {
  /** Whether the output is kept. */
  readonly kept: boolean
  /** Takes the output of what has this name. */
  sink(name: string): (text: string | Uint8Array) => void
  close(): Promise<void>
}

/** A file that reaches this is moved to `<name>.1.log`, over the one before it: a long run stays within two of them. */
const FILE_BYTES = 16 * 1024 * 1024

/** @param folder where the files go; without it the output is thrown away. */
export function openLogs(folder?: string): Logs {
  if (folder === undefined) return { kept: false, sink: () => () => {}, close: async () => {} }
  mkdirSync(folder, { recursive: true })
  const files = new Map<string, WriteStream>()
  const open = (name: string): WriteStream => {
    const file = createWriteStream(join(folder, `${name}.log`), { flags: 'w' })
    files.set(name, file)
    return file
  }
  return {
    kept: true,
    sink(name) {
      let file = files.get(name) ?? open(name)
      let bytes = 0
      return text => {
        if (file.writableEnded) return
        file.write(text)
        bytes += text.length
        if (bytes < FILE_BYTES) return
        bytes = 0
        file.end()
        renameSync(join(folder, `${name}.log`), join(folder, `${name}.1.log`))
        file = open(name)
      }
    },
    async close() {
      await Promise.all([...files.values()].map(file => new Promise<void>(resolve => file.end(resolve))))
    },
  }
}
