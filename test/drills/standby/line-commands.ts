/** Messages between a drill and the process of its line. */
import * as v from 'valibot'

export const lineCommandSchema = v.variant('kind', [
  /** Opens the line. `clock` is a market clock as text. */
  v.object({ kind: v.literal('open'), clock: v.string() }),
  /** The line sends no more messages. */
  v.object({ kind: v.literal('end') }),
  v.object({ kind: v.literal('close') }),
])
export type LineCommand = v.InferOutput<typeof lineCommandSchema>

export const lineAnswerSchema = v.object({
  /** The port of the line, as the answer to `open`. */
  port: v.exactOptional(v.number()),
  /** µs of the day up to which the line has sent every message, as the answer to `end`. */
  until: v.exactOptional(v.number()),
  /** Number of these messages. */
  messages: v.exactOptional(v.number()),
})
export type LineAnswer = v.InferOutput<typeof lineAnswerSchema>
