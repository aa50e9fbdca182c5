/** The encoding of a new connection. */
import { ENCODINGS, type Encoding } from '../../market/protocol.ts'
import { Refusal } from '../../sign-in/refusal.ts'
import { shown } from './shown.ts'

/**
 * @param parameter the query parameter `encoding` of the connection; JSON without it.
 * @throws Refusal for another value than an encoding.
 */
export function encodingOfConnect(parameter: string | undefined): Encoding {
  if (parameter === undefined) return 'json'
  const encoding = ENCODINGS.find(name => name === parameter)
  if (encoding !== undefined) return encoding
  const expected = ENCODINGS.join(' or ')
  throw new Refusal(400, 'bad-parameter', `parameter encoding: expected ${expected}, got ${shown(parameter)}`)
}
