/** Reads boards for `close-of-day`, and leaves out damaged boards: they must not keep a day from being archived. */
import { ScanCommand } from '@aws-sdk/lib-dynamodb'
import { EnvelopeError } from '../../market/codec/envelope.ts'
import { PackError } from '../../market/codec/pack.ts'
import { isLaterTick, type Tick } from '../../market/tick.ts'
import type { EpochMillis } from '../../market/units.ts'
import { ticksOfItem } from './board-groups.ts'
import type { BoardGroupItem, BoardItem } from './board-items.ts'
import { type BoardsTable, readBoardItems } from './boards-table.ts'

/**
 * Returns the latest ticks of issues, without trades, in any order.
 * @param deadline epoch milliseconds.
 * @throws DeadlineError if the table throttles until the deadline.
 * @throws UnknownVersionError if a newer release wrote a board.
 */
export async function readIntactBoards(
  boards: BoardsTable,
  issues: ReadonlySet<string>,
  deadline: EpochMillis,
): Promise<Tick[]> {
  const items = await readBoardItems(boards, [...issues], deadline)
  return items.flatMap(intactTicksOf).filter(({ board }) => issues.has(board.issue))
}

/**
 * Returns the latest tick of each issue that has a board, by issue.
 * @throws UnknownVersionError if a newer release wrote a board.
 */
export async function readAllIntactBoards({ client, table }: BoardsTable): Promise<Map<string, Tick>> {
  const latest = new Map<string, Tick>()
  let start: Record<string, unknown> | undefined
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: table,
        FilterExpression: 'attribute_exists(boards) OR attribute_exists(pack)',
        ExclusiveStartKey: start,
      }),
    )
    const items = (page.Items ?? []) as (BoardGroupItem | BoardItem)[]
    for (const tick of items.flatMap(intactTicksOf)) {
      const other = latest.get(tick.board.issue)
      if (other === undefined || isLaterTick(tick, other)) latest.set(tick.board.issue, tick)
    }
    start = page.LastEvaluatedKey
  } while (start !== undefined)
  return latest
}

function intactTicksOf(item: BoardGroupItem | BoardItem): Tick[] {
  try {
    return ticksOfItem(item)
  } catch (error) {
    if (error instanceof EnvelopeError || error instanceof PackError) return []
    throw error
  }
}
