/**
 * `ops copy-table`: copies the items of a restored table into the table of the system. It never takes back what was written
 * since: an item that the table has stays, unless the restored one has more. A repeated run changes nothing.
 */

import { paginateScan } from '@aws-sdk/lib-dynamodb'
import { eachOf } from '../../lambda/each-of.ts'
import { asEpochSeconds, asTradingDate } from '../../market/units.ts'
import { CALENDAR_ID, CONTROL_KEYS, SECTORS_ID } from '../../tables/control/control-keys.ts'
import { type Condition, getItem, putIf, type Table, updateIf } from '../../tables/dynamodb.ts'
import type { PackItem, TicksItem } from '../../tables/ticks/ticks-item.ts'
import { TICKS_KEYS } from '../../tables/ticks/ticks-keys.ts'
import { ACCESS_PREFIX, CUT_ITEM, USERS_KEYS } from '../../tables/users/users-keys.ts'
import type { AccessItem, CutItem } from '../../tables/users/users-table.ts'
import { type MergeTarget, mergeTicks, putAll, readPacks, ticksIn } from './merge-ticks.ts'

/** Items or partitions copied at the same time. */
const COPIES_IN_FLIGHT = 8

export interface CopyResult {
  /** Items that were written, or changed. */
  copied: number
  /** Items that the table had already, the same or newer. */
  kept: number
  /** Items that live for seconds, or have expired: they are not copied. */
  skipped: number
}

const nothing = (): CopyResult => ({ copied: 0, kept: 0, skipped: 0 })

/** Copies what people have written: exceptions of the calendar, and sectors. Leases and beats of tasks must never come back. */
export async function copyControl(from: Table, to: Table): Promise<CopyResult> {
  const result = nothing()
  for (const id of [CALENDAR_ID, SECTORS_ID]) {
    const item = await getItem<object>(from, { [CONTROL_KEYS.partition]: id })
    if (item === undefined) continue
    const isWritten = await putIf(to, item, absent(CONTROL_KEYS.partition))
    result[isWritten ? 'copied' : 'kept']++
  }
  return result
}

/** Copies the records of access and the cuts of users. Connections have ended since. */
export async function copyUsers(from: Table, to: Table): Promise<CopyResult> {
  const result = nothing()
  await eachPage(from, items =>
    eachOf(items, COPIES_IN_FLIGHT, async item => {
      const user = item as unknown as AccessItem | CutItem
      if (isExpired(user) || !(isAccess(user) || isCut(user))) {
        result.skipped++
        return
      }
      const isWritten =
        (await putIf(to, user, absent(USERS_KEYS.partition))) ||
        (isAccess(user) ? await extendAccess(to, user) : await advanceCut(to, user))
      result[isWritten ? 'copied' : 'kept']++
    }),
  )
  return result
}

/** Copies packs so that readers find them next to packs that were written since, and all other items that are not there. */
export async function copyTicks(from: Table, to: MergeTarget): Promise<CopyResult> {
  const result = nothing()
  let open: PackItem[] = []
  const copy = async (groups: readonly (readonly PackItem[])[]): Promise<void> =>
    eachOf(groups, COPIES_IN_FLIGHT, async packs => {
      const written = packs.length === 0 ? 0 : await copyPacks(packs, to)
      result.copied += written
      result.kept += Math.max(0, packs.length - written)
    })
  await eachPage(from, async items => {
    const young = (items as unknown as TicksItem[]).filter(item => !isExpired(item))
    result.skipped += items.length - young.length
    // The packs of an issue's day follow each other. The last ones of a page may go on in the next page.
    const groups = [...Map.groupBy([...open, ...young.filter(isPack)], ({ key }) => key).values()]
    open = groups.pop() ?? []
    await copy(groups)
    await eachOf(
      young.filter(item => !isPack(item)),
      COPIES_IN_FLIGHT,
      async item => {
        const isWritten = await putIf(to.ticks, item, absent(TICKS_KEYS.partition))
        result[isWritten ? 'copied' : 'kept']++
      },
    )
  })
  await copy([open])
  return result
}

/** Copies packs of one issue and date. @returns the number of packs that were written. */
async function copyPacks(packs: readonly PackItem[], to: MergeTarget): Promise<number> {
  const { key } = packs[0]!
  const stored = new Map((await readPacks(to.ticks, key)).map(({ time, pack }) => [time, pack]))
  if (stored.size === 0) {
    await putAll(to, packs)
    return packs.length
  }
  const isStored = ({ time, pack }: PackItem): boolean =>
    Buffer.compare(stored.get(time) ?? Buffer.alloc(0), pack) === 0
  if (packs.every(isStored)) return 0
  const [issue = '', date] = key.split('#')
  const ordered = packs.toSorted((a, b) => (a.time < b.time ? -1 : 1))
  const expires = asEpochSeconds(Math.max(...packs.map(item => item.expires)))
  return mergeTicks(to, issue, asTradingDate(Number(date)), ticksIn(ordered), expires)
}

/** Gives a record of access its earlier start. */
async function extendAccess(to: Table, { id, item, firstAt, firstBy }: AccessItem): Promise<boolean> {
  const extended = await updateIf(to, { id, item }, 'SET firstAt = :at, firstBy = :by', {
    expression: 'firstAt > :at',
    values: { ':at': firstAt, ':by': firstBy },
  })
  return extended !== undefined
}

/** Replaces an earlier cut. */
function advanceCut(to: Table, cut: CutItem): Promise<boolean> {
  return putIf(to, cut, { expression: 'cutAt < :cutAt', values: { ':cutAt': cut.cutAt } })
}

async function eachPage(
  { client, table }: Table,
  visit: (items: readonly Record<string, unknown>[]) => Promise<void>,
): Promise<void> {
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true }))
    await visit(Items)
}

function absent(attribute: string): Condition {
  return { expression: 'attribute_not_exists(#key)', names: { '#key': attribute } }
}

function isExpired({ expires }: { readonly expires: number }): boolean {
  return expires <= Date.now() / 1000
}

function isPack(item: TicksItem): item is PackItem {
  return 'pack' in item
}

function isAccess(item: AccessItem | CutItem): item is AccessItem {
  return item.id.startsWith(ACCESS_PREFIX)
}

function isCut(item: AccessItem | CutItem): item is CutItem {
  return item.item === CUT_ITEM
}
