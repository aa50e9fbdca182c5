/** Records a line: writes every frame to a file, byte for byte. */
import { createWriteStream, type WriteStream } from 'node:fs'
import { messageEnd, START } from '../../ingest-task/flex/message-header.ts'
import { FlexError } from '../../ingest-task/flex/read-digits.ts'
import { Connection } from '../../ingest-task/line/connection.ts'
import { contentOf } from '../../ingest-task/line/content.ts'
import type { Login } from '../../ingest-task/line/control.ts'
import { controlFrame, encodeFrame, type Frame, isContent, LineError } from '../../ingest-task/line/frame.ts'
import { DEFAULT_TIMING } from '../../ingest-task/line/line-opener.ts'

export interface RecordingOptions {
  readonly address: { readonly host: string; readonly port: number }
  readonly login: Login
  /** The file is created when the line accepts the login. */
  readonly file: string
  readonly overwrite: boolean
  /** Stops this many seconds after the login. */
  readonly seconds?: number
  /** Stops after this many frames. */
  readonly frames?: number
}

export interface Recording {
  readonly counts: { readonly frames: number; readonly messages: number; readonly bytes: number }
  /** Logs out. `ended` settles after that. */
  stop(): void
  /**
   * Resolves when the recording has stopped and the file is complete. Rejects if the line ended the connection or the
   * file cannot be written; frames received before are in the file.
   */
  readonly ended: Promise<void>
}

/** Logs in, requests a snapshot, and writes every frame with content, readable or not. */
export function startRecording(options: RecordingOptions): Recording {
  const counts = { frames: 0, messages: 0, bytes: 0 }
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>()
  let file: WriteStream | undefined
  let timer: NodeJS.Timeout | undefined
  let stopping = false

  const openFile = (): WriteStream => {
    const made = createWriteStream(options.file, { flags: options.overwrite ? 'w' : 'wx' })
    made.on('drain', () => connection.resume())
    made.on('error', error => {
      reject(error)
      stop()
    })
    return made
  }

  const take = (frame: Frame): void => {
    if (!isContent(frame.type) || stopping) return
    const bytes = encodeFrame(frame)
    counts.frames++
    counts.messages += messagesIn(frame)
    counts.bytes += bytes.length
    if (!file!.write(bytes)) connection.pause()
    if (counts.frames === options.frames) stop()
  }

  const finish = (reason: LineError): void => {
    clearTimeout(timer)
    const settle = (): void => (stopping ? resolve() : reject(reason))
    if (file === undefined) settle()
    else file.end(settle)
  }

  const stop = (): void => {
    stopping = true
    void connection.logout()
  }

  const connection = new Connection(options.address, options.login, DEFAULT_TIMING, {
    opened() {
      file = openFile()
      if (options.seconds !== undefined) timer = setTimeout(stop, options.seconds * 1000)
      connection.send(controlFrame('snapshot-request', 0))
    },
    frame: take,
    bytes() {},
    closed: finish,
  })

  return { counts, stop, ended }
}

/** Returns the number of messages in a frame before the first that cannot be read. */
function messagesIn(frame: Frame): number {
  let count = 0
  try {
    const content = contentOf(frame)
    if (content.kind !== 'messages') return 0
    const { bytes } = content
    for (let at = 0; at < bytes.length; count++) {
      while (bytes[at] === START && bytes[at + 1] === START) at++
      at = messageEnd(bytes, at)
    }
  } catch (error) {
    if (!(error instanceof FlexError || error instanceof LineError)) throw error
  }
  return count
}
