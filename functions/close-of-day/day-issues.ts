/** Which issues a day is looked for: those of the issue master, and whoever has a board without standing in it. */
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { decodePack, PackError } from '../../market/codec/pack.ts'
import { compareIssueCodes } from '../../market/issue-code.ts'
import type { IssueMaster } from '../../market/market-event.ts'
import type { Tick, TickPlace } from '../../market/tick.ts'
import type { DayMicros, TradingDate } from '../../market/units.ts'
import { boardId } from '../../tables/boards/board-items.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import { createMaster } from '../../tables/boards/master-list.ts'
import { getAll, type Item } from '../../tables/dynamodb.ts'

/** `issues/DATE.json`: who is listed, as the master said it on the date. */
export interface DayIssues {
  /** YYYYMMDD. */
  readonly tradingDate: TradingDate
  readonly issues: readonly IssueMaster[]
  /** Codes that have a board and do not stand in the master. */
  readonly others: readonly string[]
}

/** The issues as they are now. */
export async function listIssues(boards: BoardsTable, tradingDate: TradingDate): Promise<DayIssues> {
  const [master, latest] = await Promise.all([createMaster(boards).read(), latestDates(boards)])
  const listed = new Set(master.map(({ code }) => code))
  return {
    tradingDate,
    issues: master.toSorted((a, b) => compareIssueCodes(a.code, b.code)),
    others: [...latest.keys()].filter(issue => !listed.has(issue)).sort(compareIssueCodes),
  }
}

/** Whether any issue had its latest tick on a trading date. */
export async function hasTicksOf(boards: BoardsTable, tradingDate: TradingDate): Promise<boolean> {
  return [...(await latestDates(boards)).values()].includes(tradingDate)
}

/** Issues whose board has a newer tick of the date, up to `end` (µs of day), than is known of them here. */
export async function behindBoards(
  { client, table }: BoardsTable,
  tradingDate: TradingDate,
  end: DayMicros,
  last: ReadonlyMap<string, TickPlace | undefined>,
): Promise<string[]> {
  const ids = [...last.keys()].map(issue => ({ id: { S: boardId(issue) } }))
  const items = await getAll({ client, table }, ids)
  return items
    .flatMap(({ pack }) => tickOfPack(pack?.B) ?? [])
    .filter(tick => tick.tradingDate === tradingDate && tick.time <= end)
    .filter(({ board, sequence }) => sequence > (last.get(board.issue)?.sequence ?? 0))
    .map(({ board }) => board.issue)
    .sort(compareIssueCodes)
}

/** The trading date of the latest tick of every issue that has a board; `undefined` for a board that cannot be read. */
async function latestDates({ client, table }: BoardsTable): Promise<Map<string, number | undefined>> {
  const dates = new Map<string, number | undefined>()
  const prefix = boardId('')
  let start: Item | undefined
  do {
    const page: { Items?: Item[]; LastEvaluatedKey?: Item } = await client.send(
      new ScanCommand({
        TableName: table,
        FilterExpression: 'begins_with(id, :prefix)',
        ExpressionAttributeValues: { ':prefix': { S: prefix } },
        ExclusiveStartKey: start,
      }),
    )
    for (const { id, pack } of page.Items ?? []) {
      if (id?.S !== undefined) dates.set(id.S.slice(prefix.length), tickOfPack(pack?.B)?.tradingDate)
    }
    start = page.LastEvaluatedKey
  } while (start !== undefined)
  return dates
}

/** @returns undefined for a board that cannot be read. */
function tickOfPack(pack: Uint8Array | undefined): Tick | undefined {
  if (pack === undefined) return undefined
  try {
    return decodePack(pack).at(-1)
  } catch (error) {
    if (error instanceof PackError) return undefined
    throw error
  }
}
