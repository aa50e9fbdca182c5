/** Lists the issues of a day: those of the issue master, and those that have a board but are not in the master. */
import { ScanCommand } from '@aws-sdk/lib-dynamodb'
import type { DayIssues } from '../../archive/manifest.ts'
import { decodePack, PackError } from '../../market/codec/pack.ts'
import { compareIssueCodes } from '../../market/issue-code.ts'
import type { Tick, TickPlace } from '../../market/tick.ts'
import type { DayMicros, EpochMillis, TradingDate } from '../../market/units.ts'
import { type BoardItem, boardId } from '../../tables/boards/board-items.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import { createMaster } from '../../tables/boards/master-list.ts'
import { getItems } from '../../tables/dynamodb.ts'

/** Lists the issues as they are now. */
export async function listIssues(boards: BoardsTable, tradingDate: TradingDate): Promise<DayIssues> {
  const [master, dates] = await Promise.all([createMaster(boards).read(), latestDates(boards)])
  const listed = new Set(master.map(({ code }) => code))
  return {
    tradingDate,
    issues: master.toSorted((a, b) => compareIssueCodes(a.code, b.code)),
    others: [...dates.keys()].filter(issue => !listed.has(issue)).sort(compareIssueCodes),
  }
}

/** Returns whether any issue had its latest tick on a trading date. */
export async function hasTicksOf(boards: BoardsTable, tradingDate: TradingDate): Promise<boolean> {
  return [...(await latestDates(boards)).values()].includes(tradingDate)
}

/**
 * Returns the issues whose board shows a tick of the date that is not stored yet.
 * @param end last microsecond of the day that counts.
 * @param lastStored the place of each issue's last stored tick of the date; undefined if there is none.
 * @throws DeadlineError if the table throttles until `deadline`.
 */
export async function issuesBehind(
  boards: BoardsTable,
  tradingDate: TradingDate,
  end: DayMicros,
  lastStored: ReadonlyMap<string, TickPlace | undefined>,
  deadline: EpochMillis,
): Promise<string[]> {
  const keys = [...lastStored.keys()].map(issue => ({ id: boardId(issue) }))
  const items = await getItems<BoardItem>(boards, keys, deadline)
  return items
    .flatMap(item => tickOf(item) ?? [])
    .filter(tick => tick.tradingDate === tradingDate && tick.time <= end)
    .filter(({ board, sequence }) => sequence > (lastStored.get(board.issue)?.sequence ?? 0))
    .map(({ board }) => board.issue)
    .sort(compareIssueCodes)
}

/** Returns the trading date of each board's tick by issue; undefined for a board that cannot be decoded. */
async function latestDates({ client, table }: BoardsTable): Promise<Map<string, number | undefined>> {
  const dates = new Map<string, number | undefined>()
  const prefix = boardId('')
  let start: Record<string, unknown> | undefined
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: table,
        FilterExpression: 'begins_with(id, :prefix)',
        ExpressionAttributeValues: { ':prefix': prefix },
        ExclusiveStartKey: start,
      }),
    )
    for (const item of (page.Items ?? []) as BoardItem[])
      dates.set(item.id.slice(prefix.length), tickOf(item)?.tradingDate)
    start = page.LastEvaluatedKey
  } while (start !== undefined)
  return dates
}

/** Returns the tick of a board; undefined if it cannot be decoded. */
function tickOf({ pack }: BoardItem): Tick | undefined {
  try {
    return decodePack(pack).at(-1)
  } catch (error) {
    if (error instanceof PackError) return undefined
    throw error
  }
}
