/** Log files of functions and tasks, one each. */
import { createWriteStream, mkdirSync, renameSync, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Metrics } from './alarms/metrics.ts'

export interface Logs {
  /** Whether the output is kept. */
  readonly kept: boolean
  /** Returns a function that writes to the log file of this name. */
  sink(name: string): (text: string | Uint8Array) => void
  close(): Promise<void>
}

/**
 * Size at which a log file is renamed to `<name>.1.log`, in place of the previous one. A log takes at most twice this
 * size however long the run is.
 */
const FILE_BYTES = 16 * 1024 * 1024

/**
 * @param folder receives the files. Without it the output is dropped.
 * @param metrics reads the output of each program in addition.
 */
export function openLogs(folder?: string, metrics?: Pick<Metrics, 'reader'>): Logs {
  const logs = folder === undefined ? NO_LOGS : openLogFiles(folder)
  if (metrics === undefined) return logs
  return {
    ...logs,
    sink(name) {
      const [write, read] = [logs.sink(name), metrics.reader()]
      return text => {
        write(text)
        read(text)
      }
    },
  }
}

const NO_LOGS: Logs = { kept: false, sink: () => () => {}, close: async () => {} }

function openLogFiles(folder: string): Logs {
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
