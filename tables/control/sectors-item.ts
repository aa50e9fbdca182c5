/** The sector of each issue (33業種) in the control table. A broker supplies them, and changes them without a deployment. */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { momentToIso } from '../../market/moment.ts'
import type { IssueSectors, SectorCode } from '../../market/sector.ts'
import type { EpochMicros } from '../../market/units.ts'
import { getItem, putItem, type Table } from '../dynamodb.ts'
import { SECTORS_ID } from './control-keys.ts'

/** The item. Stored tables outlive code: an attribute keeps its name, type and meaning. */
export interface SectorsItem {
  readonly id: typeof SECTORS_ID
  /** JSON object of the codes of issues by sector, compressed as a raw deflate stream: about 8 KB for the whole market. */
  readonly issues: Uint8Array
  /** Market time of the change, ISO 8601. */
  readonly changedAt: string
}

export type SectorsTable = Table<SectorsItem>

/** Returns the sectors; none if nobody has supplied them. */
export async function readSectors(table: SectorsTable): Promise<IssueSectors> {
  const item = await getItem<SectorsItem>(table, { id: SECTORS_ID })
  if (item === undefined) return new Map()
  const bySector = JSON.parse(String(inflateRawSync(item.issues))) as Record<SectorCode, string[]>
  return new Map(
    (Object.entries(bySector) as [SectorCode, string[]][]).flatMap(([sector, issues]) =>
      issues.map(issue => [issue, sector] as const),
    ),
  )
}

/** Replaces the sectors of all issues. Functions have them after a minute. @param now market time. */
export async function writeSectors(
  table: SectorsTable,
  sectors: IssueSectors,
  now: EpochMicros,
): Promise<void> {
  const bySector = Map.groupBy(sectors.keys(), issue => sectors.get(issue)!)
  const issues = deflateRawSync(JSON.stringify(Object.fromEntries(bySector)))
  await putItem<SectorsItem>(table, { id: SECTORS_ID, issues, changedAt: momentToIso(now) })
}
