import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import { EnvelopeError, encodeEvents } from '../../../market/codec/envelope.ts'
import { encodePack } from '../../../market/codec/pack.ts'
import { UnknownVersionError } from '../../../market/codec/sealed-bytes.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis, asTradingDate } from '../../../market/units.ts'
import {
  BOARD_GROUPS,
  boardGroupOf,
  encodeGroup,
  putIntoGroup,
  ticksOfItem,
} from '../../../tables/boards/board-groups.ts'
import { boardGroupId, boardId } from '../../../tables/boards/board-items.ts'
import { readBoards } from '../../../tables/boards/boards-table.ts'
import { plainTick } from '../../functions/broadcast/plain-tick.ts'
import { TRADING_DATE } from '../../functions/stored-market.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'
import { arbitraryTicks } from '../../market/codec/arbitrary-ticks.ts'
import { toNextVersion } from '../../next-release/next-envelope.ts'

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

const NEXT_DATE = asTradingDate(TRADING_DATE + 1)
const boardsOf = () => ({ client: tables.client, table: TABLES.BOARDS_TABLE })
const unexpected = (error: EnvelopeError): never => {
  throw error
}

async function putItem(Item: object): Promise<void> {
  await tables.client.send(new PutCommand({ TableName: TABLES.BOARDS_TABLE, Item }))
}

/** Returns trading date and sequence of the board of each issue that has one. */
async function stored(
  ...issues: string[]
): Promise<Record<string, readonly [date: number, sequence: number]>> {
  const ticks = await readBoards(boardsOf(), issues)
  return Object.fromEntries(ticks.map(tick => [tick.board.issue, [tick.tradingDate, tick.sequence] as const]))
}

/** Issues of one group that no other test uses. */
let used = 0
function issuesOfGroup(count: number): string[] {
  const group = used++
  const codes = Array.from({ length: 9000 }, (_, index) => String(1000 + index))
  return codes.filter(code => boardGroupOf(code) === group).slice(0, count)
}

suite('a group of boards', () => {
  test('spreads 4,400 issues evenly: no group has more than 65', () => {
    const counts = new Array<number>(BOARD_GROUPS).fill(0)
    for (let code = 1300; code < 5700; code++) counts[boardGroupOf(String(code))]!++
    assert.ok(Math.max(...counts) <= 65 && Math.min(...counts) >= 30, counts.join())
  })

  test('returns the latest boards as they were, whatever their lines and dates', () => {
    const placed = fc.tuple(arbitraryTicks(), fc.integer({ min: 1, max: 3 }), fc.constantFrom(0, 1))
    fc.assert(
      fc.property(fc.array(placed, { maxLength: 4 }), some => {
        const ticks = some.flatMap(([list, line, later], index) =>
          [...new Map(list.map(tick => [tick.board.issue, tick])).values()].map(
            (tick): Tick => ({
              ...tick,
              line,
              tradingDate: asTradingDate(TRADING_DATE + later),
              board: { ...tick.board, issue: `${index}${tick.board.issue.slice(1)}` },
            }),
          ),
        )
        const read = ticksOfItem({ id: 'boards#0', version: 1, boards: encodeGroup(ticks) })
        const byIssue = (list: Tick[]) => list.toSorted((a, b) => (a.board.issue < b.board.issue ? -1 : 1))
        const withoutTrades = ticks.map(({ trade: _, lost: __, ...tick }) => tick)
        assert.deepEqual(byIssue(read), byIssue(withoutTrades))
      }),
    )
  })

  test('takes newer ticks and keeps newer boards, by date and then by sequence', async () => {
    const [a, b, c, d] = issuesOfGroup(4) as [string, string, string, string]
    const group = boardGroupOf(a)
    await putIntoGroup(boardsOf(), group, [plainTick(a, 5), plainTick(b, 5), plainTick(c, 5)], unexpected)
    const later = [plainTick(a, 4), plainTick(b, 6), plainTick(c, 1, NEXT_DATE), plainTick(d, 2)]
    assert.equal(await putIntoGroup(boardsOf(), group, later, unexpected), true)
    await putIntoGroup(boardsOf(), group, [plainTick(c, 9)], unexpected)
    assert.deepEqual(await stored(a, b, c, d), {
      [a]: [TRADING_DATE, 5],
      [b]: [TRADING_DATE, 6],
      [c]: [NEXT_DATE, 1],
      [d]: [TRADING_DATE, 2],
    })
  })

  test('that another writer has replaced since it was read stays as it is', async () => {
    const [a, b] = issuesOfGroup(2) as [string, string]
    const group = boardGroupOf(a)
    const first = plainTick(a, 1)
    // Both read that there is no item. One of them writes it.
    const results = await Promise.all([
      putIntoGroup(boardsOf(), group, [first], unexpected),
      putIntoGroup(boardsOf(), group, [plainTick(b, 1)], unexpected),
    ])
    const read = await stored(a, b)
    assert.equal(Object.keys(read).length, results.filter(Boolean).length)
  })

  test('that is damaged is replaced, and the damage is reported', async () => {
    const header = { line: 1, lane: 0, epoch: asEpochMillis(1), counter: 1, position: 1, reached: 1 }
    const events = encodeEvents({ ...header, tradingDate: TRADING_DATE }, [])
    for (const bytes of [new Uint8Array(9), events]) {
      const [a] = issuesOfGroup(1) as [string]
      await putItem({ id: boardGroupId(boardGroupOf(a)), version: 7, boards: [bytes] })
      await assert.rejects(stored(a), EnvelopeError)
      const damages: EnvelopeError[] = []
      await putIntoGroup(boardsOf(), boardGroupOf(a), [plainTick(a, 1)], error => damages.push(error))
      assert.deepEqual([damages.length, await stored(a)], [1, { [a]: [TRADING_DATE, 1] }])
    }
  })

  test('that a newer release wrote is not replaced', async () => {
    const [a] = issuesOfGroup(1) as [string]
    const group = boardGroupOf(a)
    const boards = encodeGroup([plainTick(a, 1)]).map(toNextVersion)
    await putItem({ id: boardGroupId(group), version: 1, boards })
    await assert.rejects(putIntoGroup(boardsOf(), group, [plainTick(a, 2)], unexpected), UnknownVersionError)
    await assert.rejects(stored(a), UnknownVersionError)
  })
})

suite('the boards of release 0.1.0', () => {
  test('are read until their group is written', async () => {
    const [a, b] = issuesOfGroup(2) as [string, string]
    const [other] = issuesOfGroup(1) as [string]
    for (const issue of [a, b, other])
      await putItem({ id: boardId(issue), pack: encodePack([plainTick(issue, 3)]) })
    assert.deepEqual(await stored(a, b), { [a]: [TRADING_DATE, 3], [b]: [TRADING_DATE, 3] })
    await putIntoGroup(boardsOf(), boardGroupOf(a), [plainTick(a, 4)], unexpected)
    assert.deepEqual(await stored(a, b, other), { [a]: [TRADING_DATE, 4], [other]: [TRADING_DATE, 3] })
  })
})
