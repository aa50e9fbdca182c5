/**
 * The limit of messages of a connection, in this environment of the function. API Gateway spreads the messages of a connection
 * over the environments, so a connection may send so many messages to each. The throttle of the route bounds all connections
 * together (cdk/sizing.ts).
 */
import { BoundedMap } from '../../lambda/bounded-map.ts'
import { endMessage } from '../../market/end-message.ts'
import type { ServerMessage } from '../../market/protocol.ts'
import { type EpochMillis, nowMillis } from '../../market/units.ts'
import { errorMessage } from './sized-answers.ts'

/** Messages a second that a connection may send for long. An app sends one an hour, and some when its user does something. */
export const MESSAGES_PER_SECOND = 10
/** Messages that a connection may send at once: an app that starts subscribes to its issues one by one. */
export const MESSAGES_AT_ONCE = 50
/** Messages above {@link MESSAGES_AT_ONCE} that are answered with an error. With one more the connection ends. */
export const REFUSED_MESSAGES = 100
/** Connections that are remembered: those of which a message has come last. */
const MAX_REMEMBERED = 10_000

/** `ignore`: the connection has been ended; its messages that are still on the way get no answer. */
export type Verdict = 'accept' | 'refuse' | 'end' | 'ignore'

/** What a connection has sent. */
interface Sent {
  /** Messages that count at `at`. {@link MESSAGES_PER_SECOND} of them count no more with each second. */
  readonly level: number
  readonly at: EpochMillis
  readonly isEnded: boolean
}

/** Returns a function that counts a message of a connection, and decides about it. */
export function createMessageLimit(now: () => EpochMillis = nowMillis): (connection: string) => Verdict {
  const connections = new BoundedMap<string, Sent>(MAX_REMEMBERED)
  return connection => {
    const at = now()
    const before = connections.get(connection) ?? { level: 0, at, isEnded: false }
    if (before.isEnded) return 'ignore'
    const passed = Math.max(0, at - before.at) / 1_000
    const level = Math.max(0, before.level - passed * MESSAGES_PER_SECOND) + 1
    const verdict = verdictOf(level)
    connections.set(connection, { level, at, isEnded: verdict === 'end' })
    return verdict
  }
}

/** Returns the answer to a message that is not accepted. It has no id, because the message is not read. */
export function refusalOf(verdict: 'refuse' | 'end'): ServerMessage {
  if (verdict === 'end') return endMessage('too-many-messages')
  const expected = `at most ${MESSAGES_PER_SECOND} messages a second, and ${MESSAGES_AT_ONCE} at once`
  return errorMessage('too-many-messages', `expected ${expected}`, undefined)
}

function verdictOf(level: number): Verdict {
  if (level <= MESSAGES_AT_ONCE) return 'accept'
  return level <= MESSAGES_AT_ONCE + REFUSED_MESSAGES ? 'refuse' : 'end'
}
