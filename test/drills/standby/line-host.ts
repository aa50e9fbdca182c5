/** Starts the process of a line, which serves many schedules, one after the other. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import type { DayMicros } from '../../../market/units.ts'
import { type LineAnswer, type LineCommand, lineAnswerSchema } from './line-commands.ts'

const CHILD = fileURLToPath(new URL('line-child.ts', import.meta.url))

/** What a line has sent. */
export interface LineEnd {
  readonly until: DayMicros
  readonly messages: number
}

export interface LineHost extends AsyncDisposable {
  /** Opens the line with a market clock. Returns its port. */
  open(clock: string): Promise<number>
  /** The line sends no more messages. Returns the µs of the day up to which it has sent all, and their number. */
  end(): Promise<LineEnd>
  close(): Promise<void>
}

/** Starts the process, and waits until it has generated the opening. @param ticksPerSecond see opening-record.ts. */
export async function startLineHost(ticksPerSecond: number): Promise<LineHost> {
  const child = fork(CHILD, [String(ticksPerSecond)])
  await once(child, 'message')
  const exited = once(child, 'exit')
  const command = async (message: LineCommand): Promise<LineAnswer> => {
    const answered = once(child, 'message')
    child.send(message)
    const ended = exited.then(() => {
      throw new Error('expected an answer of the process of the line, but the process ended')
    })
    const [answer] = await Promise.race([answered, ended])
    ended.catch(() => {})
    return v.parse(lineAnswerSchema, answer)
  }
  return {
    async open(clock) {
      const { port } = await command({ kind: 'open', clock })
      if (port === undefined) throw new Error('expected the port of the line, got none')
      return port
    },
    async end() {
      const { until, messages } = await command({ kind: 'end' })
      if (until === undefined || messages === undefined)
        throw new Error('expected the end of the line, got none')
      return { until, messages }
    },
    async close() {
      await command({ kind: 'close' })
    },
    async [Symbol.asyncDispose]() {
      child.disconnect()
      await exited
    },
  }
}
