/**
 * A line without frames. Whoever connects is told the trading date and the counter of the latest message,
 * `20261120 7031\n`; says from which counter on, `1\n`; and gets messages back to back as long as the connection
 * stands.
 */
import { connect, type Socket } from 'node:net'
import { counterOf, HEADER_BYTES, messageLength } from '../../../ingest-task/flex/message-header.ts'
import type { Config } from '../../../ingest-task/ingest-config.ts'
import type { OpenLine } from '../../../ingest-task/line-seam.ts'
import { backoff } from '../../../ingest-task/put-backoff.ts'
import type { LineState } from '../../../market/market-event.ts'
import { asTradingDate, type EpochMicros, type TradingDate } from '../../../market/units.ts'

/** Date, blank, counter, end of the line. */
const GREETING = /^(\d{8}) (\d{1,8})\n/
const MAX_GREETING_BYTES = 18
/** Longest wait between two tries to connect, milliseconds. */
const BACKOFF_CAP = 5000

export function lineOpener({ addresses, clock, line }: Config): OpenLine {
  return ({ deliver, connected, failed }, resume) => {
    let tradingDate = asTradingDate(0)
    /** Counter of the latest message delivered. */
    let position = 0
    /** Counter of the latest message when we connected: until we are there, we are behind. */
    let latest = 0
    let status: { state: LineState; since: EpochMicros } = { state: 'stale', since: clock.now() }
    let socket: Socket
    let retry: NodeJS.Timeout
    let paused = false
    let closing = false
    /** Tries to connect since messages have come. */
    let tries = 0
    const counts = { bytes: 0, frames: 0, connects: 0 }
    const errors = { closed: 0 }

    const show = (state: LineState): void => {
      if (state === status.state) return
      status = { state, since: clock.now() }
      deliver({ kind: 'state', ...status })
    }

    /** The line has said what it carries: go on where we, or the process before us, have stopped. */
    const greet = (date: TradingDate, counter: number): void => {
      connected('A')
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
      if (end === 0) return bytes
      const messages = bytes.subarray(0, end)
      if (!deliver({ kind: 'messages', bytes: messages, snapshot: false, position: counter })) {
        throw new Error(`bad messages after ${position}`)
      }
      position = counter
      tries = 0
      if (position >= latest) show('live')
      return bytes.subarray(end)
    }

    const start = (): void => {
      let rest: Buffer = Buffer.alloc(0)
      let greeted = false
      counts.connects++
      socket = connect(addresses[0])
      if (paused) socket.pause()
      socket.on('data', chunk => {
        counts.bytes += chunk.length
        counts.frames++
        rest = Buffer.concat([rest, chunk])
        try {
          if (!greeted) {
            const [whole, date, counter] = GREETING.exec(rest.toString('latin1', 0, MAX_GREETING_BYTES)) ?? []
            if (whole === undefined && rest.length < MAX_GREETING_BYTES) return
            if (whole === undefined) throw new Error('expected a greeting')
            greet(asTradingDate(Number(date)), Number(counter))
            greeted = true
            rest = rest.subarray(whole.length)
          }
          rest = take(rest)
        } catch (error) {
          // Bad messages are brought again by asking for them again.
          socket.destroy(error as Error)
        }
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        show('stale')
        if (closing) return
        errors.closed++
        const wait = backoff(++tries, BACKOFF_CAP)
        const message = socket.errored?.message ?? 'the line has hung up'
        failed({ connection: 'A', kind: 'closed', message }, wait)
        retry = setTimeout(start, wait)
      })
    }

    deliver({ kind: 'state', ...status })
    start()

    return {
      get stats() {
        const none = { gaps: 0, repeats: 0, resends: 0, refused: 0, snapshots: 0, pausedMilliseconds: 0 }
        return { ...status, ...none, ...counts, wins: {}, errors }
      },
      pause() {
        paused = true
        socket.pause()
      },
      resume() {
        paused = false
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
