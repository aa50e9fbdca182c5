/** Stores ticks and finished days for tests of answers, without the code of store-ticks. */
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { emptyBoard, F, type ScalarField } from '../../market/board.ts'
import { encodePack } from '../../market/codec/pack.ts'
import type { DayRecord } from '../../market/day-record.ts'
import type { Tick } from '../../market/tick.ts'
import { asEpochSeconds, asTradingDate } from '../../market/units.ts'
import { dayItems } from '../../tables/ticks/day-items.ts'
import { packItem, type TicksItem } from '../../tables/ticks/ticks-item.ts'
import type { TicksTable } from '../../tables/ticks/ticks-table.ts'

export const ISSUE = '7203'
export const DATE = asTradingDate(20261120)
/** After every test has ended. */
const EXPIRES = asEpochSeconds(Math.floor(Date.now() / 1000) + 3_600)

/** Returns a tick of {@link ISSUE} on {@link DATE} whose board has these fields. */
export function tickOf(
  sequence: number,
  time: number,
  fields: Partial<Record<ScalarField, number>> = {},
  more: Partial<Tick> = {},
): Tick {
  const board = emptyBoard(ISSUE)
  board.values[F.updateNumber] = sequence
  for (const [field, value] of Object.entries(fields)) board.values[F[field as ScalarField]] = value
  return { tradingDate: DATE, line: 1, sequence, time, board, ...more }
}

/** Stores items as they are. */
export async function putAll({ client, table }: TicksTable, items: readonly TicksItem[]): Promise<void> {
  for (const Item of items) await client.send(new PutCommand({ TableName: table, Item }))
}

/** Stores ticks of one issue and date as one pack. */
export async function storePack(table: TicksTable, ticks: readonly Tick[]): Promise<void> {
  const [first] = ticks
  if (first === undefined) throw new RangeError('expected at least one tick, got none')
  await putAll(table, [packItem(first.board.issue, first.tradingDate, first, encodePack(ticks), EXPIRES)])
}

/** Stores a finished day. */
export async function storeRecord(table: TicksTable, record: DayRecord): Promise<void> {
  await putAll(table, dayItems(record, EXPIRES))
}
