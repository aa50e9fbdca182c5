/** Writes an archive to a folder, as close-of-day writes it to its bucket. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { archiveKeys, partOf } from '../../../archive/archive-keys.ts'
import { describeFile, jsonBytes } from '../../../archive/manifest.ts'
import { openParquet } from '../../../archive/parquet.ts'
import { TICK_COLUMNS } from '../../../archive/tick-rows.ts'
import { compareIssueCodes } from '../../../market/issue-code.ts'
import type { IssueMaster } from '../../../market/market-event.ts'
import { isoDate } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import type { TradingDate } from '../../../market/units.ts'

/** @param folder root of the archive. */
export function writeArchive(
  folder: string,
  date: TradingDate,
  ticks: readonly Tick[],
  issues: readonly IssueMaster[],
): void {
  const put = (key: string, body: Uint8Array) => {
    const path = join(folder, key)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, body)
    return describeFile(key, body)
  }
  const inOrder = ticks.toSorted(
    (a, b) => compareIssueCodes(a.board.issue, b.board.issue) || a.sequence - b.sequence,
  )
  const parts = [...Map.groupBy(inOrder, ({ board }) => partOf(board.issue))]
  const files = parts.map(([part, ticksOfPart]) => {
    const file = openParquet(TICK_COLUMNS)
    ticksOfPart.forEach(file.add)
    return { ...put(archiveKeys.ticks(date, part), Buffer.concat(file.finish())), rows: file.rows }
  })
  const listed = put(archiveKeys.issues(date), jsonBytes({ tradingDate: date, issues, others: [] }))
  put(
    archiveKeys.manifest(date),
    jsonBytes({ date: isoDate(date), stage: 'final', ticks: ticks.length, files: [...files, listed] }),
  )
}
