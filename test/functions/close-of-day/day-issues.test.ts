import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { hasTicksOf, issuesBehind, listIssues } from '../../../functions/close-of-day/day-issues.ts'
import { emptyBoard } from '../../../market/board.ts'
import { encodePack } from '../../../market/codec/pack.ts'
import type { Tick, TickPlace } from '../../../market/tick.ts'
import { addMillis, asTradingDate, nowMillis } from '../../../market/units.ts'
import { boardGroupOf } from '../../../tables/boards/board-groups.ts'
import { boardGroupId, boardId } from '../../../tables/boards/board-items.ts'
import { encodePack as encodeNextPack } from '../../next-release/next-pack.ts'
import { storeEvents, writeBoards } from '../boards-fixture.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const DATE = asTradingDate(20261120)
const DAY_BEFORE = asTradingDate(20261119)
const DAMAGED = Uint8Array.from([1, 2, 3])
/** Time of all ticks, µs of the day. */
const TIME = 36_000_000_000

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

const boardsOf = () => ({ client: tables.client, table: TABLES.BOARDS_TABLE })

const tickOf = (issue: string, sequence: number, tradingDate = DATE): Tick => ({
  tradingDate,
  line: 1,
  sequence,
  time: TIME,
  board: emptyBoard(issue),
})

const putTicks = (...ticks: Tick[]): Promise<void> => writeBoards(boardsOf(), ticks)

async function putItem(Item: object): Promise<void> {
  await tables.client.send(new PutCommand({ TableName: TABLES.BOARDS_TABLE, Item }))
}

/** Replaces the boards of the group of an issue by bytes. */
const putBytes = (issue: string, bytes: Uint8Array): Promise<void> =>
  putItem({ id: boardGroupId(boardGroupOf(issue)), version: 1, boards: [bytes] })

test('the issues of a day are those of the master, and those that have only an intact board; both in order', async () => {
  const codes = ['7203', '130A', '1301']
  const issues = codes.map(code => ({
    code,
    name: '',
    section: '',
    unit: 100,
    basePrice: 1,
    topix500: false,
  }))
  const event = { type: 'issues', line: 1, tradingDate: DATE, part: 0, parts: 1, issues } as const
  await storeEvents(boardsOf(), [event])
  await putTicks(...['9999', '2593', '25935', '7203'].map(code => tickOf(code, 1)))
  await putBytes('1400', DAMAGED)
  await putItem({ id: boardId('1401'), pack: encodePack([tickOf('1401', 1)]) })
  await putItem({ id: boardId('1402'), pack: DAMAGED })
  const list = await listIssues(boardsOf(), DATE)
  assert.equal(list.tradingDate, DATE)
  assert.deepEqual(
    list.issues.map(({ code }) => code),
    ['1301', '130A', '7203'],
  )
  assert.deepEqual(list.others, ['1401', '2593', '25935', '9999'])
})

test('the boards of all pages of the table count', async () => {
  const codes = ['3001', '3002', '3003', '3004', '3005', '3006']
  // The table answers with up to 1 MB: three of these items.
  for (let index = 0; index < 6; index++)
    await putItem({ id: `filler#${index}`, filler: new Uint8Array(340_000) })
  await putTicks(...codes.map(code => tickOf(code, 1)))
  const { others } = await listIssues(boardsOf(), DATE)
  assert.deepEqual(
    others.filter(code => code.startsWith('300')),
    codes,
  )
})

test('of two boards of an issue the later one counts', async () => {
  const before = asTradingDate(20261118)
  const hasTicks = () => hasTicksOf(boardsOf(), before)
  await putItem({ id: boardId('3500'), pack: encodePack([tickOf('3500', 1, before)]) })
  assert.equal(await hasTicks(), true)
  await putTicks(tickOf('3500', 1))
  assert.equal(await hasTicks(), false)
})

test('a date has ticks if the newest tick of an issue is of the date', async () => {
  const hasTicks = () => hasTicksOf(boardsOf(), DAY_BEFORE)
  assert.equal(await hasTicks(), false)
  await putTicks(tickOf('4000', 1, DAY_BEFORE))
  assert.equal(await hasTicks(), true)
  await putTicks(tickOf('4000', 1, DATE))
  assert.equal(await hasTicks(), false)
})

/** Returns the issues of `stored` that are behind at the time `end`. */
const behind = (end: number, stored: Readonly<Record<string, TickPlace | undefined>>): Promise<string[]> =>
  issuesBehind(boardsOf(), DATE, end, new Map(Object.entries(stored)), addMillis(nowMillis(), 30_000))

test('an issue is behind if its board shows a tick of the date, up to the end, that is not stored', async () => {
  await putTicks(tickOf('5001', 7), tickOf('5000', 7), tickOf('5002', 7, DAY_BEFORE))
  await putBytes('5003', DAMAGED)
  const place = (sequence: number): TickPlace => ({ time: TIME, sequence })
  const none = {
    '5001': undefined,
    '5000': undefined,
    '5002': undefined,
    '5003': undefined,
    '5004': undefined,
  }
  assert.deepEqual(await behind(TIME, none), ['5000', '5001'])
  assert.deepEqual(await behind(TIME - 1, none), [])
  assert.deepEqual(await behind(TIME, { '5000': place(6), '5001': place(7) }), ['5000'])
  assert.deepEqual(await behind(TIME, { '5000': place(8) }), [])
  assert.deepEqual(await behind(TIME, {}), [])
})

test('a board in a version of a newer release is not skipped', async () => {
  await putItem({ id: boardId('6000'), pack: encodeNextPack([tickOf('6000', 1)]) })
  await assert.rejects(behind(TIME, { '6000': undefined }), { name: 'UnknownVersionError' })
})
