/** Reads the boards table: the latest board of every issue, the phase, the lines and the news. */
import { decodePack } from '../../market/codec/pack.ts'
import { LINE_NUMBERS } from '../../market/lane.ts'
import type { EventOf } from '../../market/market-event.ts'
import type { StatusEvent } from '../../market/protocol.ts'
import type { Tick } from '../../market/tick.ts'
import { type EpochMillis, nowMillis } from '../../market/units.ts'
import { getItems, type Table } from '../dynamodb.ts'
import {
  type BoardItem,
  type BoardsTableItem,
  boardId,
  type LineItem,
  lineId,
  NEWS_ID,
  type NewsItem,
  PHASE_ID,
  type PhaseItem,
} from './board-items.ts'
import { lineRecordOf, stateAt } from './line-record.ts'

export type BoardsTable = Table<BoardsTableItem>

const LINE_IDS = LINE_NUMBERS.map(lineId)

/** Returns the latest ticks of issues, in any order. An issue without a tick has no entry. */
export async function readBoards(boards: BoardsTable, issues: readonly string[]): Promise<Tick[]> {
  const items = await getItems<BoardItem>(
    boards,
    issues.map(issue => ({ id: boardId(issue) })),
  )
  return items.flatMap(({ pack }) => decodePack(pack))
}

export interface PhaseAndLines {
  /** Undefined until a line has reported the phase. */
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

/** Like {@link readStatus}, without the news, which can take more read units than the rest. */
export async function readPhaseAndLines(boards: BoardsTable): Promise<PhaseAndLines> {
  const now = nowMillis()
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
  return {
    phase: phase && (JSON.parse(phase.event) as EventOf<'phase'>),
    lines: LINE_IDS.flatMap(id => {
      const item = items.get(id) as LineItem | undefined
      return item === undefined ? [] : [stateAt(lineRecordOf(item), now)]
    }),
  }
}

/** Returns the events that give an app the whole status: phase and lines. */
export function statusEvents({ phase, lines }: PhaseAndLines): StatusEvent[] {
  return phase === undefined ? [...lines] : [phase, ...lines]
}
