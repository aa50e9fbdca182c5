/** Reads the boards table: the latest boards of issues, the phase, the lines and the news. */
import { LINE_NUMBERS } from '../../market/lane.ts'
import type { EventOf } from '../../market/market-event.ts'
import type { StatusEvent } from '../../market/protocol.ts'
import type { Tick } from '../../market/tick.ts'
import { type EpochMillis, nowMillis } from '../../market/units.ts'
import { getItems, getItemsEventually, type Table } from '../dynamodb.ts'
import { boardGroupOf, ticksOfItem } from './board-groups.ts'
import {
  type BoardGroupItem,
  type BoardItem,
  type BoardsTableItem,
  boardGroupId,
  boardId,
  type LineItem,
  lineId,
  type NewsItem,
  type PhaseItem,
} from './board-items.ts'
import { NEWS_ID, PHASE_ID } from './boards-keys.ts'
import { type LineRecord, lineRecordOf, stateAt } from './line-record.ts'
import { readStatusCopy } from './status-copy.ts'

export type BoardsTable = Table<BoardsTableItem>

const LINE_IDS = LINE_NUMBERS.map(lineId)

/**
 * Returns the latest ticks of issues, without trades, in any order. An issue without a tick has no entry. The boards are
 * some seconds old, because broadcast writes each group at an interval.
 */
export async function readBoards(boards: BoardsTable, issues: readonly string[]): Promise<Tick[]> {
  const wanted = new Set(issues)
  const items = await readBoardItems(boards, issues)
  return items.flatMap(ticksOfItem).filter(({ board }) => wanted.has(board.issue))
}

/**
 * Returns the items that have the latest boards of issues, and of other issues of their groups.
 * @param deadline epoch milliseconds. Default: in three seconds.
 * @throws DeadlineError if the table throttles until the deadline.
 */
export async function readBoardItems(
  boards: BoardsTable,
  issues: readonly string[],
  deadline?: EpochMillis,
): Promise<readonly (BoardGroupItem | BoardItem)[]> {
  const groupIdOf = (issue: string): string => boardGroupId(boardGroupOf(issue))
  const read = <Item extends object>(ids: Iterable<string>): Promise<Item[]> => {
    const keys = [...new Set(ids)].map(id => ({ id }))
    return getItemsEventually<Item>(boards, keys, deadline)
  }
  const groups = await read<BoardGroupItem>(issues.map(groupIdOf))
  const written = new Set(groups.map(({ id }) => id))
  // The boards that release 0.1.0 wrote count as long as no broadcast of a later release has written their group.
  const left = issues.filter(issue => !written.has(groupIdOf(issue)))
  return left.length === 0 ? groups : [...groups, ...(await read<BoardItem>(left.map(boardId)))]
}

export interface PhaseAndLines {
  /** Undefined until a line has reported a phase, and again when a line changes its state on a later date. */
  readonly phase: EventOf<'phase'> | undefined
  /** By line number. A line that has never reported has no entry. */
  readonly lines: readonly EventOf<'line'>[]
}

export interface Status extends PhaseAndLines {
  /** Latest first. */
  readonly news: readonly EventOf<'news'>[]
}

/**
 * Returns phase, lines and news. A line whose task stopped reporting is stale in the result, even if no environment of
 * broadcast has written so.
 */
export async function readStatus(boards: BoardsTable): Promise<Status> {
  const now = nowMillis()
  const items = await readStatusItems(boards, [PHASE_ID, NEWS_ID, ...LINE_IDS])
  const news = items.get(NEWS_ID) as NewsItem | undefined
  return { ...phaseAndLines(items, now), news: JSON.parse(news?.events ?? '[]') as EventOf<'news'>[] }
}

/**
 * Like {@link readStatus}, without the news. Reads one unit, and four more without a copy of the status. The copy may be some
 * milliseconds older than {@link readStatus}.
 */
export async function readPhaseAndLines(boards: BoardsTable): Promise<PhaseAndLines> {
  const now = nowMillis()
  const copy = await readStatusCopy(boards, now)
  if (copy !== undefined) return statesAt(copy.phase, copy.lines, now)
  return phaseAndLines(await readStatusItems(boards, [PHASE_ID, ...LINE_IDS]), now)
}

type StatusItems = ReadonlyMap<string, PhaseItem | NewsItem | LineItem>

async function readStatusItems(boards: BoardsTable, ids: readonly string[]): Promise<StatusItems> {
  const keys = ids.map(id => ({ id }))
  const items = await getItems<PhaseItem | NewsItem | LineItem>(boards, keys)
  return new Map(items.map(item => [item.id, item]))
}

function phaseAndLines(items: StatusItems, now: EpochMillis): PhaseAndLines {
  const phase = items.get(PHASE_ID) as PhaseItem | undefined
  const lines = LINE_IDS.flatMap(id => {
    const item = items.get(id) as LineItem | undefined
    return item === undefined ? [] : [lineRecordOf(item)]
  })
  return statesAt(phase && (JSON.parse(phase.event) as EventOf<'phase'>), lines, now)
}

/** Returns the status at `now` (epoch ms). A phase lasts at most until a line has another state on a later date. */
function statesAt(
  phase: EventOf<'phase'> | undefined,
  lines: readonly LineRecord[],
  now: EpochMillis,
): PhaseAndLines {
  const isOver =
    phase !== undefined && lines.some(({ reported }) => dayOf(phase.time) < dayOf(reported.since))
  return { phase: isOver ? undefined : phase, lines: lines.map(record => stateAt(record, now)) }
}

/** Returns `YYYY-MM-DD` of a market time in ISO 8601. */
function dayOf(time: string): string {
  return time.slice(0, 10)
}

/** Returns the events that give an app the whole status: phase and lines. */
export function statusEvents({ phase, lines }: PhaseAndLines): StatusEvent[] {
  return phase === undefined ? [...lines] : [phase, ...lines]
}
