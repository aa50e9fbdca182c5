/**
 * `ops restore-day`: writes an archived day back to the ticks table: its ticks if they are young enough to be kept, its finished
 * days, and how far its lanes are stored. A repeated run changes nothing.
 */

import { GetObjectCommand } from '@aws-sdk/client-s3'
import type { AsyncBuffer } from 'hyparquet'
import { archiveKeys, partOf } from '../../archive/archive-keys.ts'
import { describeFile, type Manifest } from '../../archive/manifest.ts'
import { readTicks } from '../../archive/read-archive.ts'
import { KEEP_DAYS, LANES } from '../../cdk/sizing.ts'
import { type Bucket, getJson } from '../../functions/close-of-day/archive-objects.ts'
import { addBorders } from '../../functions/store-ticks/lane-borders.ts'
import { formatRanges } from '../../functions/store-ticks/missing-envelopes.ts'
import type { Calendar } from '../../market/calendar/calendar.ts'
import { type DayRecord, dayRecordOf } from '../../market/day-record.ts'
import { LINE_NUMBERS, laneName } from '../../market/lane.ts'
import { DAY_MICROSECONDS, dateOf, isoDate, momentOf } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import {
  addMicros,
  addMillis,
  asEpochMicros,
  asEpochMillis,
  type EpochMicros,
  type EpochSeconds,
  nowMillis,
  type TradingDate,
  toEpochMicros,
  toEpochSeconds,
} from '../../market/units.ts'
import { putIf, unchanged } from '../../tables/dynamodb.ts'
import { DAYS_KEPT, dayItems } from '../../tables/ticks/day-items.ts'
import { finishedIssuesItem } from '../../tables/ticks/finished-issues.ts'
import { type WatermarkItem, watermarksKey } from '../../tables/ticks/ticks-item.ts'
import { type MergeTarget, mergeTicks, putAll } from './merge-ticks.ts'

/** Time for the borders of all lanes (ms). */
const BORDERS_LIMIT_MS = 30_000
/** A made-up envelope that stays missing: the archive does not know which envelopes were given up. */
const UNKNOWN_ENVELOPE = { epoch: asEpochMillis(1), first: 1, last: 1 }

/** The day cannot be restored. */
export class RestoreError extends Error {
  override readonly name = 'RestoreError'
}

export interface RestoreParts extends MergeTarget {
  readonly archive: Bucket
  readonly calendar: Calendar
  /** Market time, epoch µs. */
  readonly now: EpochMicros
  print(line: string): void
}

export interface RestoreResult {
  readonly ticks: number
  readonly issues: number
  /** Packs that were written. */
  readonly packs: number
}

/**
 * Restores a date.
 * @throws RestoreError if the archive has no whole, final day of the date, or a file that is not the one of its manifest.
 */
export async function restoreDay(parts: RestoreParts, date: TradingDate): Promise<RestoreResult> {
  const { archive, now, print } = parts
  const manifest = await getJson<Manifest>(archive, archiveKeys.manifest(date))
  if (manifest === undefined) throw new RestoreError(`${isoDate(date)} is not in the archive`)
  if (manifest.stage !== 'final')
    throw new RestoreError(`${isoDate(date)} is archived up to its close only. Wait for its final stage`)
  const hasTicks = momentOf(date, 0) >= addMicros(now, -KEEP_DAYS * DAY_MICROSECONDS)
  const expires = expiryInDays(KEEP_DAYS + 1)
  if (!hasTicks) print(`Ticks of ${isoDate(date)} are no longer kept. Its finished days are restored alone.`)
  // A later redelivery then knows that ticks are stored after it (functions/store-ticks/lane-borders.ts).
  if (hasTicks) await writeBorders(parts, date, manifest, expires)
  const sums = { ticks: 0, issues: 0, packs: 0 }
  for (const file of manifest.files) {
    if (!file.key.startsWith('ticks/')) continue
    const body = await readBody(archive, file.key)
    if (describeFile(file.key, body).sha256 !== file.sha256)
      throw new RestoreError(
        `${file.key} is not the file of the manifest. If the date is archived right now, repeat the command`,
      )
    const { issues, packs } = await restoreFile(parts, date, manifest, body, hasTicks ? expires : undefined)
    sums.ticks += file.rows ?? 0
    sums.issues += issues
    sums.packs += packs
    print(
      `${file.key}: ${issues} issues, ${(file.rows ?? 0).toLocaleString('en-US')} ticks, ${packs} packs written`,
    )
  }
  if (hasTicks) await writeWatermarks(parts, date, manifest, expires)
  return sums
}

/** @param expires when packs expire (epoch seconds); undefined: no packs are written. */
async function restoreFile(
  parts: RestoreParts,
  date: TradingDate,
  { behind = [], incomplete = [] }: Manifest,
  body: Uint8Array,
  expires: EpochSeconds | undefined,
): Promise<{ issues: number; packs: number }> {
  const hours = parts.calendar.hoursOf(date)
  const daysExpire = toEpochSeconds(addMicros(momentOf(date, 0), DAYS_KEPT * DAY_MICROSECONDS))
  const records: DayRecord[] = []
  let packs = 0
  for await (const ticks of issuesIn(body)) {
    const { issue } = ticks[0]!.board
    const isFinal = incomplete.length === 0 && !behind.includes(issue)
    const record = await dayRecordOf(hours, each(ticks), isFinal)
    if (record !== undefined) records.push(record)
    if (expires !== undefined) packs += await mergeTicks(parts, issue, date, ticks, expires)
  }
  const codes = records.map(({ issue }) => issue)
  const [first] = codes
  if (first === undefined) return { issues: 0, packs }
  const finished = await finishedIssuesItem(parts.ticks, partOf(first), codes, daysExpire)
  await putAll(parts, [finished, ...records.flatMap(record => dayItems(record, daysExpire))])
  return { issues: records.length, packs }
}

/** Reads a file and returns the ticks of one issue after the other. The busiest issue of a day takes some 400 MB. */
async function* issuesIn(body: Uint8Array): AsyncGenerator<Tick[]> {
  const bytes = new Uint8Array(body).buffer
  const file: AsyncBuffer = {
    byteLength: bytes.byteLength,
    slice: (from, to) => bytes.slice(from, to),
  }
  let ticks: Tick[] = []
  for await (const tick of readTicks(file)) {
    if (ticks.length > 0 && ticks[0]!.board.issue !== tick.board.issue) {
      yield ticks
      ticks = []
    }
    ticks.push(tick)
  }
  if (ticks.length > 0) yield ticks
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

async function writeBorders(
  { ticks }: RestoreParts,
  date: TradingDate,
  { lines }: Manifest,
  expires: EpochSeconds,
): Promise<void> {
  const ranges = lines.flatMap(({ line, last }) =>
    Array.from({ length: LANES }, (_, lane) => ({ line, lane, tradingDate: date, first: 1, last })),
  )
  await addBorders(ticks, ranges, expires, addMillis(nowMillis(), BORDERS_LIMIT_MS))
}

/** Writes the watermarks that are missing: what the archive has of a date is stored now. */
async function writeWatermarks(
  { ticks: { client, table } }: RestoreParts,
  date: TradingDate,
  { incomplete = [] }: Manifest,
  expires: EpochSeconds,
): Promise<void> {
  for (const line of LINE_NUMBERS) {
    for (let lane = 0; lane < LANES; lane++) {
      const name = laneName(line, lane)
      const now = nowMillis()
      const item: WatermarkItem = {
        key: watermarksKey(date),
        time: name,
        expires,
        until: momentOf(date, DAY_MICROSECONDS - 1),
        written: now,
        settled: asEpochMicros(0),
        // Above the epochs of all tasks of the date, so that a batch that is put back later is not taken for the first of a task.
        epoch: now,
        counter: 0,
        reporter: now,
        missing: incomplete.includes(name) ? formatRanges([UNKNOWN_ENVELOPE]) : '',
      }
      await putIf<WatermarkItem>({ client, table }, item, unchanged('written', undefined))
    }
  }
}

/** Returns a midnight in Tokyo, `days` days after that of today by the real clock, as store-ticks does. */
function expiryInDays(days: number): EpochSeconds {
  const today = momentOf(dateOf(toEpochMicros(nowMillis())), 0)
  return toEpochSeconds(addMicros(today, days * DAY_MICROSECONDS))
}

async function readBody({ client, bucket }: Bucket, key: string): Promise<Uint8Array> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
  if (Body === undefined) throw new RestoreError(`${key} is empty`)
  return Body.transformToByteArray()
}
