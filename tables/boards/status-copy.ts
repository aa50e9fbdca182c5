/**
 * The phase and the states of the lines in one item, so that an answer to an app reads one unit instead of four. The item is
 * a copy: PhaseItem and LineItem decide what is new. Each part of it only gets later.
 */
import { LINE_NUMBERS } from '../../market/lane.ts'
import type { EventOf } from '../../market/market-event.ts'
import type { EpochMillis } from '../../market/units.ts'
import { getItems, type Table, updateIf } from '../dynamodb.ts'
import { type BoardsTableItem, type PhaseItem, STATUS_ID, type StatusItem } from './board-items.ts'
import { type LineRecord, SILENT_AFTER_MS } from './line-record.ts'

type BoardsTable = Table<BoardsTableItem>

const KEY = { id: STATUS_ID }

export interface StatusCopy {
  readonly phase: EventOf<'phase'>
  /** The records of all lines, by line number. */
  readonly lines: readonly LineRecord[]
}

/** Copies a phase, unless the copy has a later one. */
export async function copyPhase(boards: BoardsTable, { since, event }: PhaseItem): Promise<void> {
  await updateIf<BoardsTableItem>(boards, KEY, 'SET since = :since, event = :event', {
    expression: 'attribute_not_exists(since) OR since <= :since',
    values: { ':since': since, ':event': event },
  })
}

/** Copies the record of a line, unless the copy has a later version of it. */
export async function copyLine(boards: BoardsTable, record: LineRecord): Promise<void> {
  const { reported, announced, version } = record
  // Usually the two are the same. Then three lines and the phase take less than 1 KB, so a write is one unit.
  const isRepeated = JSON.stringify(reported) === JSON.stringify(announced)
  const { line } = reported
  await updateIf<BoardsTableItem>(boards, KEY, 'SET #line = :line, #version = :version', {
    expression: 'attribute_not_exists(#version) OR #version < :version',
    names: { '#line': `line${line}`, '#version': `version${line}` },
    values: {
      ':line': JSON.stringify({ ...record, announced: isRepeated ? undefined : announced }),
      ':version': version,
    },
  })
}

/**
 * Returns the copy if it is complete and at least one line has reported lately; otherwise undefined. An environment of
 * broadcast of release 0.1.0 writes no copy, and without a broadcast the copy is no worse than its sources.
 */
export async function readStatusCopy(boards: BoardsTable, now: EpochMillis): Promise<StatusCopy | undefined> {
  const [item] = await getItems<StatusItem>(boards, [KEY])
  if (item?.event === undefined) return undefined
  const lines = LINE_NUMBERS.flatMap(line => recordOf(item[`line${line}`]))
  if (lines.length < LINE_NUMBERS.length) return undefined
  if (lines.every(({ reportedAt }) => now - reportedAt > SILENT_AFTER_MS)) return undefined
  return { phase: JSON.parse(item.event) as EventOf<'phase'>, lines }
}

function recordOf(text: string | undefined): LineRecord[] {
  if (text === undefined) return []
  const record = JSON.parse(text) as Omit<LineRecord, 'announced'> & Partial<LineRecord>
  return [{ ...record, announced: record.announced ?? record.reported }]
}
