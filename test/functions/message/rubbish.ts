/** Messages that no honest app sends, of any size that the gateway lets through. */
import fc from 'fast-check'

/** Maximum size of a WebSocket message (API Gateway quotas), less the rest of the message. */
const ROOM = 127 * 1024
const ACTIONS = ['subscribe', 'unsubscribe', 'snapshot', 'ping'] as const

/** Returns a text that repeats `part` until the gateway's limit. */
const filled = (head: string, part: string, tail: string): string =>
  head + Array.from({ length: Math.floor(ROOM / (part.length + 1)) }, () => part).join() + tail

/** The largest messages, by what is wrong with them. */
export const HUGE: Readonly<Record<string, string>> = {
  'empty texts': filled('{"action":"subscribe","issues":[', '""', ']}'),
  numbers: filled('{"action":"snapshot","issues":[', '1', ']}'),
  'mistyped codes': filled('{"action":"unsubscribe","issues":[', '"TOYOTA"', ']}'),
  'one code again and again': filled('{"action":"subscribe","issues":[', '"1301"', ']}'),
  'a deep list': `{"action":"subscribe","issues":${'['.repeat(ROOM / 2)}${']'.repeat(ROOM / 2)}}`,
  'a deep object': `{"action":${'{"a":'.repeat(ROOM / 7)}1${'}'.repeat(ROOM / 7)}}`,
  'a list that never ends': '['.repeat(ROOM),
  'a long code': `{"action":"subscribe","issues":["${'1'.repeat(ROOM)}"]}`,
  'a long action': `{"action":"${'x'.repeat(ROOM)}"}`,
  'a long id': `{"action":"ping","id":"${'x'.repeat(ROOM)}"}`,
  'an action of three bytes a character': `{"action":"${'板'.repeat(ROOM / 3)}"}`,
  'many members': `{${Array.from({ length: ROOM / 12 }, (_, index) => `"m${index}":1`).join()}}`,
  'no JSON': '板'.repeat(ROOM / 3),
  blanks: ' '.repeat(ROOM),
}

const code = fc.oneof(
  fc.constantFrom('1301', '1302', ' 130a ', '9999', '25935', ''),
  fc.string({ unit: 'binary', maxLength: 300 }),
)
const issues = fc.oneof(
  fc.array(code, { maxLength: 300 }),
  fc.array(fc.jsonValue(), { maxLength: 5 }),
  fc.jsonValue(),
)
const id = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.string({ unit: fc.constantFrom('\u0000', '\ud800', '\u2028', '"'), minLength: 90, maxLength: 100 }),
  fc.double(),
  fc.jsonValue(),
)

/** Texts that resemble messages, with the action of each kind, and texts that do not. */
export const rubbish: fc.Arbitrary<string> = fc.oneof(
  fc
    .record(
      { action: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...ACTIONS) }, fc.jsonValue()), issues, id },
      { requiredKeys: [] },
    )
    .map(message => JSON.stringify(message)),
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(...Object.values(HUGE)),
  fc.constantFrom(
    '{"action":"ping","id":1e999}',
    '{"__proto__":{"action":"ping"}}',
    '{"action":"$disconnect"}',
  ),
)
