/**
 * A line without frames. Whoever connects is told the trading date and the counter of the latest message,
 * `20261120 7031\n`; says from which counter on, `1\n`; and gets messages back to back as long as the connection
 * stands.
 */
import { connect, type Socket } from 'node:net'
import { backoff } from '../../../ingest-task/backoff.ts'
import type { Config } from '../../../ingest-task/config.ts'
import { counterOf, HEADER_BYTES, messageLength } from '../../../ingest-task/flex/header.ts'
import type { LineEvents, LineStats, OpenLine } from '../../../ingest-task/line-seam.ts'
import type { LineState } from '../../../market/event.ts'

/** Longest wait between two tries to connect, milliseconds. */
const BACKOFF_CAP = 5000
const NOTHING = { gaps: 0, repeats: 0, resends: 0, refused: 0, snapshots: 0, wins: {} }

export function lineOpener({ addresses, clock, line }: Config): OpenLine {
  return ({ deliver, failed }: LineEvents, resume) => {
    let stats: LineStats = {
      ...{ state: 'stale', since: clock.now(), pausedMilliseconds: 0, errors: {} },
      ...{ ...NOTHING, bytes: 0, frames: 0, connects: 0 },
    }
    let tradingDate = 0
    /** Counter of the latest message delivered. */
    let position = 0
    /** Counter of the latest message when the connection was made: up to there, we are behind. */
    let latest = 0
    let socket: Socket
    let retry: NodeJS.Timeout
    let attempt = 0
    let closing = false
    let pausedAt: number | undefined

    const show = (state: LineState): void => {
      if (state === stats.state) return
      stats = { ...stats, state, since: clock.now() }
      deliver({ kind: 'state', state, since: stats.since })
    }

    /** The line has said what it carries: go on where we, or the process before us, stopped. */
    const greet = (greeting: string): void => {
      const [date = 0, counter = 0] = greeting.split(' ').map(Number)
      if (date !== tradingDate) {
        const resumes = tradingDate === 0 && resume?.tradingDate === date && resume.position <= counter
        tradingDate = date
        position = resumes ? resume.position : 0
        deliver({ kind: 'opened', tradingDate, position })
      }
      latest = counter
      show(position < latest ? 'recovering' : 'live')
      socket.write(`${position + 1}\n`)
    }

    /** Delivers the messages that are whole, and returns what is left. */
    const take = (bytes: Buffer): Buffer => {
      let end = 0
      let counter = position
      while (bytes.length - end >= HEADER_BYTES) {
        const length = messageLength(bytes, end)
        if (length > bytes.length - end) break
        counter = counterOf(bytes, end, line)
        end += length
      }
      const messages = bytes.subarray(0, end)
      if (!deliver({ kind: 'messages', bytes: messages, snapshot: false, position: counter })) {
        throw new Error(`bad messages after ${position}`)
      }
      position = counter
      if (position >= latest) show('live')
      return bytes.subarray(end)
    }

    const start = (): void => {
      let rest: Buffer = Buffer.alloc(0)
      let greeted = false
      stats = { ...stats, connects: stats.connects + 1 }
      socket = connect(addresses[0])
      if (pausedAt !== undefined) socket.pause()
      socket.on('data', chunk => {
        stats = { ...stats, bytes: stats.bytes + chunk.length, frames: stats.frames + 1 }
        rest = Buffer.concat([rest, chunk])
        const end = rest.indexOf('\n') + 1
        try {
          if (!greeted && end > 0) {
            greeted = true
            greet(rest.toString('latin1', 0, end))
            rest = rest.subarray(end)
          }
          if (greeted) rest = take(rest)
        } catch (error) {
          // Bad messages, and bytes that are none, are brought again by asking for them again.
          socket.destroy(error as Error)
        }
      })
      let reason = 'the line has hung up'
      socket.on('error', error => {
        reason = error.message
      })
      socket.on('close', () => {
        show('stale')
        if (closing) return
        attempt = greeted ? 1 : attempt + 1
        const wait = backoff(attempt, BACKOFF_CAP)
        stats = { ...stats, errors: { closed: (stats.errors.closed ?? 0) + 1 } }
        failed({ connection: 'A', kind: 'closed', message: reason }, wait)
        retry = setTimeout(start, wait)
      })
    }

    deliver({ kind: 'state', state: stats.state, since: stats.since })
    start()

    return {
      get stats() {
        return stats
      },
      pause() {
        pausedAt ??= performance.now()
        socket.pause()
      },
      resume() {
        if (pausedAt === undefined) return
        const pausedMilliseconds = stats.pausedMilliseconds + performance.now() - pausedAt
        stats = { ...stats, pausedMilliseconds }
        pausedAt = undefined
        socket.resume()
      },
      async close() {
        closing = true
        clearTimeout(retry)
        socket.destroy()
        show('stale')
      },
    }
  }
}
