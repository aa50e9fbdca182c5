import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createBook } from '../../client/board-book.ts'
import { createSubscriptions } from '../../client/board-subscriptions.ts'
import { readServerMessage } from '../../client/server-message.ts'
import { createRecovery } from '../../client/trade-recovery.ts'
import type { ServerMessage } from '../../market/protocol.ts'
import type { QuoteRow } from '../../market/quote-row.ts'
import { asEpochMicros } from '../../market/units.ts'
import { until, useServer } from './client-harness.ts'
import { STEP_FIELDS } from './client-truth.ts'

const TIME = '2026-11-20T09:10:00.000000+09:00'
/** {@link TIME} in epoch microseconds. */
const MOMENT = asEpochMicros(1_795_133_400_000_000)
const BOARD = {
  issue: '7203',
  date: '2026-11-20',
  line: 1,
  sequence: 7,
  time: TIME,
  asks: [[2188, 3000], null, [2190, 100]],
  bids: [[2187.5, 2700]],
} as const
const CHANGE = {
  issue: '7203',
  follows: 7,
  sequence: 9,
  time: MOMENT,
  changes: { last: { price: 2188, time: 0 }, volume: 8, marketSell: null, asks: [[0, 2188.5, 17900], [1]] },
  trades: [
    [2188, 400, 'buy', 8, 350],
    [2188.5, 800, null, 9, 0, 2188.25],
  ],
  high: 2188.5,
  low: 2188,
} as const

const SUBSCRIBED: ServerMessage = {
  type: 'subscribed',
  issues: ['7203'],
  id: 1,
  view: 'board',
  trades: true,
  pace: 500,
  basePrices: { 7203: 2831.5 },
  status: [
    { type: 'phase', time: TIME, phase: 'morning' },
    { type: 'line', line: 1, state: 'live', since: TIME },
  ],
  boards: [BOARD],
}

const MISSED = {
  issue: '7203',
  date: '2026-11-20',
  follows: 7,
  sequence: 9,
  time: MOMENT,
  trades: CHANGE.trades,
  lost: true,
} as const

const VALID: readonly ServerMessage[] = [
  { type: 'updates', updates: [], missed: [MISSED, { ...MISSED, trades: [] }] },
  { type: 'updates', updates: [{ board: BOARD }, CHANGE] },
  { type: 'updates', updates: [{ board: BOARD, trades: CHANGE.trades, lost: true }], stretch: 1.4 },
  { type: 'updates', updates: [{ board: BOARD, high: 2188.5, low: 2188, traded: 1_200 }] },
  {
    type: 'updates',
    updates: [],
    events: [
      { type: 'news', time: TIME, headline: '決算発表', issues: ['7203'] },
      { type: 'issues', line: 1, date: '2026-11-20', count: 1467 },
      { type: 'line', line: 1, state: 'live', since: TIME },
      { type: 'time', time: TIME },
      { type: 'reconnect', within: 300_000 },
    ],
  },
  { type: 'snapshot', boards: [BOARD], id: 1 },
  SUBSCRIBED,
  { type: 'pace', pace: 1_000, id: 2 },
  { type: 'unsubscribed', issues: ['7203'], id: 'x' },
  { type: 'pong', time: TIME },
  { type: 'error', code: 'bad-message', number: 1002, message: 'expected a message' },
  { type: 'end', code: 'token-expired', number: 4002, message: 'expired' },
  { type: 'token', expires: '2026-11-20T01:00:00.000Z', id: 1 },
  { ...SUBSCRIBED, tokenExpires: '2026-11-20T01:00:00.000Z' },
]

/** Returns the message with one value anywhere in it replaced or removed. */
function damaged(message: ServerMessage, place: number, value: unknown): string {
  let seen = 0
  return JSON.stringify(message, (_, found: unknown) => (seen++ === place ? value : found)) ?? ''
}

const QUOTE: ServerMessage = {
  type: 'updates',
  updates: [
    [
      '7203',
      7,
      9,
      MOMENT,
      [2188.5, 17900],
      null,
      [2188, 350, 900, 1_969_200, 2188, 2189, 2187],
      { lost: true },
    ],
  ],
}

const valid = fc.constantFrom(...VALID, QUOTE)
const rubbish = fc.oneof(
  fc
    .tuple(valid, fc.nat({ max: 40 }), fc.oneof(fc.jsonValue(), fc.constant(undefined)))
    .map(([message, place, value]) => damaged(message, place, value)),
  fc.json(),
  fc.string(),
  fc.constantFrom(
    'null',
    '[]',
    '{"type":"__proto__"}',
    '{"type":"constructor"}',
    '{"type":"updates","updates":[],"events":[{"type":"toString"}]}',
    JSON.stringify({ type: 'updates', updates: [{ ...CHANGE, time: 1e300 }] }),
    JSON.stringify({ type: 'updates', updates: [{ ...CHANGE, changes: { high: { price: 1, time: {} } } }] }),
    '{"type":"updates","updates":[null]}',
    JSON.stringify({ type: 'updates', updates: [{ ...CHANGE, changes: { asks: [[1e9, 1, 1]] } }] }),
    JSON.stringify({ type: 'updates', updates: [{ ...CHANGE, changes: { bids: [[-1]] } }] }),
    JSON.stringify({ type: 'updates', updates: [{ ...CHANGE, issue: '__proto__' }] }),
    `{"type":"updates","updates":${'['.repeat(60_000)}${']'.repeat(60_000)}}`,
  ),
)

describe('a message of the server', () => {
  it('is read as it is', () => {
    for (const message of VALID) assert.deepEqual(readServerMessage(JSON.stringify(message)), message)
  })

  it('has a row of the view quote as a difference', () => {
    const row: QuoteRow = ['7203', 7, 9, MOMENT, [2188.5, 17900], null, [2188, 350, 900, 1_969_200, 2188]]
    const message: ServerMessage = { type: 'updates', updates: [row] }
    assert.deepEqual(readServerMessage(JSON.stringify(message)), {
      type: 'updates',
      updates: [
        {
          issue: '7203',
          view: 'quote',
          follows: 7,
          sequence: 9,
          time: MOMENT,
          changes: {
            last: { price: 2188, time: 350 },
            volume: 900,
            turnover: 1_969_200,
            vwap: 2188,
            asks: [[0, 2188.5, 17900]],
            bids: [[0]],
          },
          high: 2188,
          low: 2188,
        },
      ],
    })
  })

  it('of an unknown type has no effect, so that an old client understands a newer server', () => {
    assert.equal(readServerMessage('{"type":"greeting"}'), 'unknown')
  })

  it('of a wrong shape is unreadable', () => {
    const wrong: unknown[] = [
      { type: 7 },
      { message: 'Internal server error' },
      { type: 'updates' },
      { type: 'updates', updates: [{ board: { ...BOARD, asks: null } }] },
      { type: 'updates', updates: [{ board: { ...BOARD, bids: [[1]] } }] },
      { type: 'updates', updates: [{ ...CHANGE, trades: [null] }] },
      { type: 'updates', updates: [{ ...CHANGE, changes: { asks: [[1e9, 1, 1]] } }] },
      { type: 'updates', updates: [{ ...CHANGE, changes: { asks: [[0.5, 1, 1]] } }] },
      { type: 'updates', updates: [{ ...CHANGE, changes: { bids: null } }] },
      { type: 'updates', updates: [{ board: BOARD, trades: null }] },
      { type: 'updates', updates: [{ board: { ...BOARD, time: 'now' } }] },
      { type: 'updates', updates: [{ ...CHANGE, time: TIME }] },
      { type: 'updates', updates: [{ ...CHANGE, time: 1.5 }] },
      { type: 'updates', updates: [{ ...CHANGE, changes: { last: { price: 1, time: TIME } } }] },
      { type: 'updates', updates: [{ ...CHANGE, trades: [[2188, 400, 'buy', 8]] }] },
      { type: 'updates', updates: [{ ...CHANGE, trades: [[2188, 400, 'unknown', 8, 0]] }] },
      { type: 'updates', updates: [{ ...CHANGE, trades: [[2188, 400, null, 8, 0, 'x']] }] },
      { type: 'updates', updates: [], events: {} },
      { type: 'updates', updates: [[]] },
      { type: 'updates', updates: [['7203', 7, 9, TIME]] },
      { type: 'updates', updates: [['7203', 7, 9, MOMENT, [2188]]] },
      { type: 'updates', updates: [['7203', 7, 9, MOMENT, 0, 1]] },
      { type: 'updates', updates: [['7203', 7, 9, MOMENT, 0, 0, [2188, 0, 900, 1, 2, 3]]] },
      { type: 'updates', updates: [['7203', 7, 9, MOMENT, 0, 0, [2188, 0.5, 900, 1, 2]]] },
      { type: 'updates', updates: [['7203', 7, 9, MOMENT, 0, 0, null]] },
      { type: 'updates', updates: [['7203', 7, 9, MOMENT, 0, 0, 0, []]] },
      { type: 'updates', updates: [['7203', 7, 9, MOMENT, 0, 0, 0, { trades: [1] }]] },
      { type: 'updates', updates: [['7203', 7, 9, MOMENT, 0, 0, 0, { changes: { high: { time: 'x' } } }]] },
      { type: 'updates', updates: [], stretch: '1' },
      { type: 'updates', updates: [], missed: MISSED },
      { type: 'updates', updates: [], missed: [null] },
      { type: 'updates', updates: [], missed: [{ ...MISSED, follows: '7' }] },
      { type: 'updates', updates: [], missed: [{ ...MISSED, time: TIME }] },
      { type: 'updates', updates: [], missed: [{ ...MISSED, trades: undefined }] },
      { type: 'updates', updates: [], missed: [{ ...MISSED, trades: [[2188, 400, 'buy', 8]] }] },
      { type: 'updates', updates: [], events: [{ type: 'time' }] },
      { type: 'updates', updates: [], events: [{ type: 'reconnect', within: 'soon' }] },
      { type: 'subscribed', issues: [1], status: [], boards: [] },
      { ...SUBSCRIBED, basePrices: 2831.5 },
      { ...SUBSCRIBED, basePrices: { 7203: '2831.5' } },
      { type: 'pace' },
      { type: 'updates', updates: [], events: [{ type: 'line', line: 1, state: 'live' }] },
      { type: 'error', code: 'bad-message' },
      { type: 'end', code: 'token-expired' },
      { type: 'token' },
      { ...SUBSCRIBED, tokenExpires: 1_795_136_400 },
      { type: 'error', code: 'bad-message', number: '1002', message: 'expected a message' },
    ]
    for (const message of wrong) assert.equal(readServerMessage(JSON.stringify(message)), 'unreadable')
  })

  it('that was read can be applied', () => {
    fc.assert(
      fc.property(fc.array(rubbish, { maxLength: 20 }), fc.boolean(), (texts, isQuote) => {
        const nothing = (): void => {}
        const book = createBook(true)
        const recovery = createRecovery({
          book,
          readHistory: undefined,
          answerTimeout: 60_000,
          onProgress: nothing,
          onNeeds: nothing,
        })
        const subscriptions = createSubscriptions({
          book,
          recovery,
          onMissed: nothing,
          onBoard: nothing,
          onWanted: nothing,
          onUnwanted: nothing,
        })
        subscriptions.add('7203', nothing, { view: isQuote ? 'quote' : 'board' })
        for (const text of texts) {
          const message = readServerMessage(text)
          if (typeof message === 'string') continue
          if (message.type === 'updates') subscriptions.apply(message.updates, message.missed)
          if ('boards' in message) subscriptions.answer(message.boards)
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('the client', () => {
  const harness = useServer()

  it('goes on after any rubbish from the server', async () => {
    const tested = harness.open()
    tested.subscribe('7203', () => {})
    await until(() => harness.server.requests.length > 0, 'a subscription')
    for (const text of fc.sample(rubbish, { numRuns: 500, seed: 7 })) harness.server.sendText(text)
    harness.server.truth.step('6758', { fields: [[STEP_FIELDS[0]!, 1]] })
    tested.subscribe('6758', () => {})
    await until(() => tested.board('6758') !== undefined, 'a board after the rubbish')
    assert.deepEqual(tested.board('6758'), harness.server.truth.json('6758'))
  })
})
