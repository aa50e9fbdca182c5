/**
 * The process of a line: sends the recorded opening once for each schedule. Takes each {@link LineCommand} in order. Its argument
 * is the rate of the market, ticks a second.
 */
import * as v from 'valibot'
import type { Exchange } from '../../../local/exchange/exchange.ts'
import { SECOND } from '../../../local/exchange/hours.ts'
import { type Lines, startLines } from '../../../local/line/line-server.ts'
import { parseClock } from '../../../market/clock.ts'
import { HOST, PASSWORD, USER } from '../../ingest-task/line-and-stream.ts'
import { type LineAnswer, type LineCommand, lineCommandSchema } from './line-commands.ts'
import { LINE, openRecord, START, TRADING_DATE } from './opening-record.ts'

/** Generated before the first schedule, because the line is busy later: most schedules need no more. */
const AHEAD = 12 * SECOND

const record = openRecord(Number(process.argv[2]))
let lines: Lines | undefined
/** µs of the day up to which the exchange has sent its messages, and up to which it may. */
let reached = 0
let end = Number.POSITIVE_INFINITY

/** Returns an exchange that sends the recorded events, up to the end of the schedule. */
function replay(): Exchange {
  let next = 0
  return {
    issues: [],
    tradingDate: TRADING_DATE,
    lineOf: () => LINE,
    board: () => undefined,
    *advance(until) {
      const last = Math.min(until, end)
      reached = last
      const events = record.upTo(last)
      for (let event = events[next]; event !== undefined; event = events[next]) {
        if (event.time > last) return
        next++
        yield event
      }
    },
  }
}

/** Returns the number of messages up to `until`, µs of the day. */
function countUpTo(until: number): number {
  return record.upTo(until).filter(({ kind, time }) => kind === 'message' && time <= until).length
}

async function obey(command: LineCommand): Promise<LineAnswer> {
  switch (command.kind) {
    case 'open':
      end = Number.POSITIVE_INFINITY
      lines = await startLines({
        exchange: replay(),
        clock: parseClock(command.clock),
        host: HOST,
        ports: [0, 0, 0],
        user: USER,
        password: PASSWORD,
      })
      return { port: lines.ports[LINE - 1]! }
    case 'end':
      end = reached
      return { until: end, messages: countUpTo(end) }
    case 'close':
      await lines?.close()
      lines = undefined
      return {}
  }
}

record.upTo(START + AHEAD)
process.send?.({})
// The parent process is gone, or needs the line no more.
process.on('disconnect', () => process.exit())
process.on('message', async command => {
  process.send?.(await obey(v.parse(lineCommandSchema, command)))
})
