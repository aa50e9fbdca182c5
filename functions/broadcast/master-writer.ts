/**
 * Writes the issue masters of the lines. The parts of a new list get items of their own. The head of the line names the
 * new parts after all of them are stored, and only then the old parts are deleted. So a reader gets a whole list.
 */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb'
import { createErrands } from '../../lambda/errands.ts'
import { createIssueLists, type IssueList } from '../../market/issue-parts.ts'
import type { EventOf } from '../../market/market-event.ts'
import { isoDate } from '../../market/moment.ts'
import type { IssuesEvent } from '../../market/protocol.ts'
import { type EpochMillis, nowMillis } from '../../market/units.ts'
import {
  type MasterHeadItem,
  type MasterParts,
  masterHeadId,
  masterPartIds,
} from '../../tables/boards/board-items.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import { type MasterHead, masterHeadOf } from '../../tables/boards/master-list.ts'
import { getItem, putIf, putItem, unchanged, WRITES_PER_REQUEST } from '../../tables/dynamodb.ts'

const deflate = promisify(deflateRaw)

/** A list that the table has is compared with the head again after this time (ms): the table may have lost it. */
const CHECK_EVERY_MS = 30_000
/** Lists that are written at the same time: more than there are lines. */
const ERRANDS = 8

export interface MasterWriter {
  /** Takes a part of a line's master. A task repeats all parts, so most parts are known. */
  take(part: EventOf<'issues'>): void
  /**
   * Starts to write the lists that are complete and that the table may not have. A list that the table does not take
   * stays due. Ignores a list that is older than the stored list.
   */
  start(): void
  /** Resolves when no write is running. */
  settled(): Promise<void>
  /** Returns an event for each list that has changed since the last call. */
  takeEvents(): IssuesEvent[]
}

/** A list that the table may not have. */
interface DueList {
  readonly list: IssueList
  readonly version: string
  /** Ids of parts that the table has. */
  readonly written: Set<string>
  /** A write of the head had no answer: the table may have it although no app knows. */
  isUnsure: boolean
  hasFailed: boolean
}

/** @param warn reports a problem that must not stop the round. */
export function createMasterWriter(
  boards: BoardsTable,
  warn: (message: string, error: unknown) => void,
): MasterWriter {
  const lists = createIssueLists()
  const due = new Map<number, DueList>()
  /** By line: the list that the table had when it was last read. */
  const stored = new Map<number, { readonly list: IssueList; readonly at: EpochMillis }>()
  /** Ids of parts of replaced lists. */
  const deletes = new Set<string>()

  const events: IssuesEvent[] = []
  const errands = createErrands<DueList | 'deletes'>(ERRANDS)

  const storeList = async (line: number, entry: DueList): Promise<void> => {
    try {
      const { event, replaced } = await writeList(boards, entry)
      for (const id of replaced) deletes.add(id)
      stored.set(line, { list: entry.list, at: nowMillis() })
      if (due.get(line) === entry) due.delete(line)
      if (event !== undefined) events.push(event)
      startDeletes()
    } catch (error) {
      if (!entry.hasFailed) warn('an issue master could not be stored', error)
      entry.hasFailed = true
    }
  }

  const deleteOld = async (): Promise<void> => {
    try {
      await deleteParts(boards, deletes)
    } catch (error) {
      warn('parts of an old issue master could not be deleted', error)
    }
  }
  const startDeletes = (): void => {
    if (deletes.size > 0) errands.start('deletes', deleteOld)
  }

  return {
    take(part) {
      const list = lists.add(part)
      if (list === undefined || due.get(part.line)?.list === list) return
      const known = stored.get(part.line)
      if (known?.list === list && nowMillis() - known.at < CHECK_EVERY_MS) return
      const version = versionOf(list)
      due.set(part.line, { list, version, written: new Set(), isUnsure: false, hasFailed: false })
    },
    start() {
      startDeletes()
      for (const [line, entry] of due) errands.start(entry, () => storeList(line, entry))
    },
    settled: errands.settled,
    takeEvents: () => events.splice(0),
  }
}

/** Returns a hash of all issues of a list. */
function versionOf(list: IssueList): string {
  const hash = createHash('sha256')
  for (const { issues } of list) hash.update(JSON.stringify(issues))
  return hash.digest('base64url').slice(0, 16)
}

/** What a write of a list has changed. */
interface Written {
  /** Undefined if apps have the list, or if the table has a list of a later date. */
  readonly event: IssuesEvent | undefined
  /** Ids of parts that no head names any more. */
  readonly replaced: readonly string[]
}

/** @throws Error if the table did not take the whole list. A repetition continues where this write ended. */
async function writeList(boards: BoardsTable, entry: DueList): Promise<Written> {
  const { list, version } = entry
  const { line, tradingDate, parts } = list[0]!
  const id = masterHeadId(line)
  const beforeItem = await getItem<MasterHeadItem>(boards, { id })
  const before = beforeItem && masterHeadOf(beforeItem)
  const count = list.reduce((sum, { issues }) => sum + issues.length, 0)
  const event: IssuesEvent = { type: 'issues', line, date: isoDate(tradingDate), count }
  if (before !== undefined && tradingDate < before.tradingDate) return { event: undefined, replaced: [] }
  if (before?.version === version && before.tradingDate === tradingDate) {
    return entry.isUnsure ? { event, replaced: replacedIds(before) } : { event: undefined, replaced: [] }
  }
  const names = { line, tradingDate, parts, generation: (before?.generation ?? 0) + 1, version }
  await putParts(boards, entry, masterPartIds(names))
  const head: MasterHead = { ...names, count, replaced: before && namesOf(before) }
  const item: MasterHeadItem = { id, head: JSON.stringify(head) }
  entry.isUnsure = true
  if (!(await putIf(boards, item, unchanged('head', beforeItem?.head)))) {
    throw new Error(`expected ${id} unchanged since it was read, got a concurrent change`)
  }
  return { event, replaced: [head, before].flatMap(replacedIds) }
}

/** Returns the ids of the parts of the list that a list has replaced. */
function replacedIds(head: MasterHead | undefined): string[] {
  return head?.replaced === undefined ? [] : masterPartIds(head.replaced)
}

function namesOf({ line, tradingDate, parts, generation, version }: MasterHead): MasterParts {
  return { line, tradingDate, parts, generation, version }
}

/** Puts the parts that the table does not have. */
async function putParts(
  boards: BoardsTable,
  { list, written }: DueList,
  ids: readonly string[],
): Promise<void> {
  const put = async ({ part, issues }: EventOf<'issues'>): Promise<void> => {
    const id = ids[part]!
    if (written.has(id)) return
    const item = { id, issues: await deflate(JSON.stringify(issues)), count: issues.length }
    await putItem(boards, item)
    written.add(id)
  }
  const results = await Promise.allSettled(list.map(put))
  const failure = results.find(result => result.status === 'rejected')
  if (failure !== undefined) throw failure.reason
}

/** Deletes items, and removes their ids from `ids`. The ids of items that the table did not take stay. */
async function deleteParts({ client, table }: BoardsTable, ids: Set<string>): Promise<void> {
  const all = [...ids]
  for (let from = 0; from < all.length; from += WRITES_PER_REQUEST) {
    const some = all.slice(from, from + WRITES_PER_REQUEST)
    const RequestItems = { [table]: some.map(id => ({ DeleteRequest: { Key: { id } } })) }
    const { UnprocessedItems } = await client.send(new BatchWriteCommand({ RequestItems }))
    const left = new Set(UnprocessedItems?.[table]?.map(({ DeleteRequest }) => DeleteRequest?.Key?.id))
    for (const id of some) if (!left.has(id)) ids.delete(id)
  }
}
