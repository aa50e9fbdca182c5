/** The access token that a new connection offers. */
import { BEARER_PREFIX, SUBPROTOCOL } from '../../market/protocol.ts'
import { Refusal } from '../../sign-in/refusal.ts'

/**
 * Returns the access token in a list of WebSocket sub-protocols.
 * @throws Refusal if the list lacks {@link SUBPROTOCOL} or a token.
 */
export function offeredToken(header: string | undefined): string {
  const offered = (header ?? '').split(',').map(text => text.trim())
  const token = offered.find(text => text.startsWith(BEARER_PREFIX))?.slice(BEARER_PREFIX.length)
  if (!offered.includes(SUBPROTOCOL) || !token) {
    const expected = `the sub-protocols ${SUBPROTOCOL} and ${BEARER_PREFIX}<access token>`
    throw new Refusal(401, 'bad-token', `expected ${expected}`)
  }
  return token
}
