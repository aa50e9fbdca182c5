import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createAnswers } from '../../../functions/message/answers.ts'
import { MAX_SEQUENCES, replaceSince } from '../../../functions/message/since-request.ts'
import { systemClock } from '../../../market/clock.ts'
import type { ClientMessage, ServerMessage, Since } from '../../../market/protocol.ts'
import { asEpochMillis, nowMillis } from '../../../market/units.ts'
import {
  addConnection,
  type ConnectionItem,
  markGone,
  readConnection,
  type SinceRequest,
} from '../../../tables/connections/connections-table.ts'
import { admitNobody } from '../admissions.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const ROOM = 'room-0'
const DATE = '2026-11-20'
/** Without an issue master every issue can be subscribed to. */
const CODES = Array.from({ length: 1_000 }, (_, index) => String(1301 + index))

let tables: Tables
let send: (app: string, message: ClientMessage) => Promise<ServerMessage[]>
before(async () => {
  tables = await startTables()
  const answers = createAnswers({
    connections: connections(),
    boards: { client: tables.client, table: TABLES.BOARDS_TABLE },
    clock: systemClock,
    admit: admitNobody,
    publishesBasePrices: true,
  })
  send = (app, message) => answers(ROOM, app, JSON.stringify(message))
})
after(() => tables[Symbol.asyncDispose]())

const connections = () => ({ client: tables.client, table: TABLES.CONNECTIONS_TABLE })

async function itemOf(app: string): Promise<ConnectionItem> {
  const item = await readConnection(connections(), ROOM, app)
  assert.ok(item !== undefined)
  return item
}

const sinceOf = (sequences: Record<string, number>, date = DATE): Since => ({ date, sequences })
const requestsOf = ({ since = [] }: ConnectionItem) =>
  since.map(({ date, sequences }) => ({ date, sequences }))

test('the sequences of subscriptions and snapshots are stored, whatever their order', async () => {
  await addConnection(connections(), ROOM, 'several')
  const board = { action: 'subscribe', issues: ['7203', '6758'], since: sinceOf({ 7203: 5 }) } as const
  const quote = {
    action: 'subscribe',
    issues: ['130A'],
    view: 'quote',
    trades: true,
    since: sinceOf({ '130A': 9 }, '2026-11-19'),
  } as const
  const answers = await Promise.all([send('several', board), send('several', quote)])
  assert.deepEqual(
    answers.flat().map(({ type }) => type),
    ['subscribed', 'subscribed'],
  )
  const snapshot = { action: 'snapshot', issues: ['6758'], since: sinceOf({ 6758: 7 }) } as const
  assert.deepEqual((await send('several', snapshot))[0]?.type, 'snapshot')
  const item = await itemOf('several')
  const byIssue = (each: { readonly sequences: object }): string => Object.keys(each.sequences).join()
  assert.deepEqual(
    requestsOf(item).toSorted((a, b) => byIssue(a).localeCompare(byIssue(b))),
    [
      { date: '2026-11-19', sequences: { '130A': 9 } },
      { date: DATE, sequences: { 6758: 7 } },
      { date: DATE, sequences: { 7203: 5 } },
    ],
  )
  assert.equal(item.sinceCount, 3)
  assert.equal(new Set(item.since?.map(({ id }) => id)).size, 3)
})

test('a request for an issue that is held already is stored too', async () => {
  await addConnection(connections(), ROOM, 'again')
  await send('again', { action: 'subscribe', issues: ['7203'] })
  await send('again', { action: 'subscribe', issues: ['7203'], since: sinceOf({ 7203: 5 }) })
  assert.deepEqual(requestsOf(await itemOf('again')), [{ date: DATE, sequences: { 7203: 5 } }])
})

test('a message without sequences stores nothing, and the end of the connection deletes what is stored', async () => {
  await addConnection(connections(), ROOM, 'nothing')
  await send('nothing', { action: 'subscribe', issues: ['7203'], since: sinceOf({}) })
  await send('nothing', { action: 'subscribe', issues: ['6758'] })
  assert.equal((await itemOf('nothing')).since, undefined)
  await send('nothing', { action: 'subscribe', issues: ['6758'], since: sinceOf({ 6758: 1 }) })
  await markGone(connections(), ROOM, 'nothing')
  const { since, sinceCount } = await itemOf('nothing')
  assert.deepEqual([since, sinceCount], [undefined, undefined])
})

test('an item has the sequences of 1,000 issues at most: newer requests replace older ones', async () => {
  await addConnection(connections(), ROOM, 'full')
  const all = { action: 'subscribe', issues: CODES, view: 'quote', trades: true } as const
  const since = sinceOf(Object.fromEntries(CODES.map(code => [code, 4_000_000_000])))
  await send('full', { ...all, since })
  assert.equal((await itemOf('full')).sinceCount, MAX_SEQUENCES)
  const [answer] = await send('full', { ...all, issues: ['1301'], since: sinceOf({ 1301: 6 }) })
  assert.equal(answer?.type, 'subscribed')
  const item = await itemOf('full')
  assert.deepEqual([requestsOf(item), item.sinceCount], [[{ date: DATE, sequences: { 1301: 6 } }], 1])
})

test('requests that broadcast has read make room for new ones', () => {
  const requestAt = (age: number): SinceRequest => ({
    id: String(age),
    at: asEpochMillis(nowMillis() - age),
    date: DATE,
    sequences: { 7203: 1 },
  })
  const [old, young, request] = [requestAt(6_000), requestAt(1_000), requestAt(0)]
  const { set, values } = replaceSince({ since: [old, young], sinceCount: 2 }, request)
  assert.deepEqual(set, { since: [young, request], sinceCount: 2 })
  assert.deepEqual(values, { ':sinceBefore': 2 })
})
