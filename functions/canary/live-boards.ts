/** Connects as an app does, subscribes to boards, and waits for what the canary expects. */
import * as v from 'valibot'
import { BEARER_PREFIX, type ClientMessage, SUBPROTOCOL } from '../../market/protocol.ts'
import type { Millis } from '../../market/units.ts'
import type { OutsideProblem } from './outside-checks.ts'

/** The name of the canary in the log of connect. */
const CLIENT_NAME = 'itastream-canary'
/** Time for the end of the connection (ms). A connection that stays open counts to those that a user may have. */
const CLOSE_LIMIT_MS = 1_000

export interface LiveRequest {
  /** The address at which apps connect. */
  readonly url: string
  readonly token: string
  /** Codes of issues. */
  readonly issues: readonly string[]
  /** Whether one of the boards must change: the exchange trades. */
  readonly mustMove: boolean
  /** Time for all of it, ms. */
  readonly limit: Millis
}

const messageSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({ type: v.string(), updates: v.optional(v.array(v.unknown()), []) }),
)

/** What is awaited next. */
type Step = 'open' | 'subscribed' | 'moved'
const EXPECTED: Readonly<Record<Step, string>> = {
  open: 'an open connection',
  subscribed: 'the answer subscribed',
  moved: 'an update of a board',
}

/** Returns what is wrong: at most one problem, because each step needs the one before. Never throws. */
export async function liveProblems(request: LiveRequest): Promise<OutsideProblem[]> {
  const { url, token, issues, mustMove, limit } = request
  const address = new URL(url)
  address.searchParams.set('client', CLIENT_NAME)
  const socket = new WebSocket(address, [SUBPROTOCOL, `${BEARER_PREFIX}${token}`])
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  let step: Step = 'open'
  const timer = setTimeout(() => resolve(`nothing within ${limit} ms`), limit)
  socket.addEventListener('open', () => {
    step = 'subscribed'
    const message: ClientMessage = { action: 'subscribe', issues, view: 'quote', id: 1 }
    socket.send(JSON.stringify(message))
  })
  socket.addEventListener('message', ({ data }) => {
    const { success, output } = v.safeParse(messageSchema, data)
    if (!success) return resolve('a message that is no JSON object with a type')
    if (output.type === 'error' || output.type === 'end') return resolve(String(data))
    if (output.type === 'subscribed' && step === 'subscribed') {
      if (!mustMove) return resolve(undefined)
      step = 'moved'
    }
    if (step === 'moved' && output.updates.length > 0) resolve(undefined)
  })
  // A refused connection has no reason here: the log of connect has it.
  socket.addEventListener('error', () => resolve('a failed or refused connection'))
  socket.addEventListener('close', ({ code }) => resolve(`the end of the connection, ${code}`))
  const got = await promise
  clearTimeout(timer)
  // Lambda freezes the environment when the handler returns: the end must be sent before.
  if (socket.readyState === WebSocket.OPEN) await closed(socket)
  return got === undefined ? [] : [{ where: url, expected: EXPECTED[step], got }]
}

async function closed(socket: WebSocket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, CLOSE_LIMIT_MS)
  socket.addEventListener('close', () => resolve())
  socket.close()
  await promise
  clearTimeout(timer)
}
