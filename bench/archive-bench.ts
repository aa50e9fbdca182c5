/** Measures the archive of a finished day beside gzipped JSON lines: bytes a row, and CPU time from packs to files. */
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { PARTS } from '../archive/archive-keys.ts'
import { openParquet } from '../archive/parquet.ts'
import { readTicks } from '../archive/read-archive.ts'
import { TICK_COLUMNS } from '../archive/tick-rows.ts'
import { boardsEqual } from '../market/board.ts'
import { RULES } from '../market/calendar/calendar.ts'
import { decodePack, encodePack } from '../market/codec/pack.ts'
import { dayRecordOf } from '../market/day-record.ts'
import type { Tick } from '../market/tick.ts'
import { figure, times } from '../tools/table.ts'
import { type Benchmark, type Report, ratesOf } from './benchmark.ts'
import { encodeRecord, recordOf } from './json-record.ts'
import { type OpeningOptions, settledTicks, TRADING_DATE } from './opening.ts'

/** Twice the load of a calm hour, so that the boards of each issue move as in a full day. */
const MARKET: OpeningOptions = { ticksPerSecond: 6_000, seconds: 60 }
const LINES_TAKEN = 1
/** Approximate ticks of an issue in a minute. */
const PACK_TICKS = 40
/** A twentieth of the billion items that the reference system wrote in a month of twenty trading dates. */
const TICKS_PER_DAY = 50_000_000

export const archive: Benchmark = {
  name: 'archive',
  about: 'a finished day as Parquet: bytes a row, and from packs to files, beside gzipped JSON',
  run: () => measureArchive(MARKET),
}

/** @throws AssertionError unless the file contains exactly the ticks. */
export async function measureArchive(market: OpeningOptions): Promise<Report> {
  const issues = [...Map.groupBy(settledTicks(market, LINES_TAKEN), tick => tick.board.issue).values()]
  const ticks = issues.flat()
  const packs = issues.map(packsOf)
  const file = await fileOf(packs)
  await assertSame(file, ticks)
  const rates = await ratesOf({
    archived: { units: ticks.length, work: () => fileOf(packs) },
    written: { units: ticks.length, work: () => written(ticks) },
    read: { units: ticks.length, work: () => assertCount(file, ticks.length) },
    json: { units: ticks.length, work: () => jsonOf(packs) },
  })
  const bytesPerRow = file.length / ticks.length
  const jsonBytesPerRow = jsonOf(packs).length / ticks.length
  const partSeconds = TICKS_PER_DAY / PARTS / rates.archived
  return {
    table: [
      ['', 'Parquet', 'gzipped JSON', ''],
      [
        'bytes a row',
        figure(bytesPerRow, 1),
        figure(jsonBytesPerRow, 1),
        times(jsonBytesPerRow / bytesPerRow),
      ],
      [
        'rows a CPU second, from packs',
        figure(rates.archived),
        figure(rates.json),
        times(rates.archived / rates.json),
      ],
      ['rows a CPU second, writing alone', figure(rates.written), '', ''],
      ['rows a CPU second, read back', figure(rates.read), '', ''],
    ],
    notes: [
      `A day of ${figure(TICKS_PER_DAY)} ticks in ${PARTS} parts: ${figure(partSeconds)} CPU seconds a part, ` +
        `${figure((TICKS_PER_DAY * bytesPerRow) / 1e9, 1)} GB.`,
      'From packs: the time includes unpacking, minute bars and four prices of each issue, and rows. It excludes the table and the bucket.',
    ],
    figures: {
      bytesPerRow,
      jsonBytesPerRow,
      archivedRowsPerCpuSecond: rates.archived,
      writtenRowsPerCpuSecond: rates.written,
      readRowsPerCpuSecond: rates.read,
      jsonRowsPerCpuSecond: rates.json,
      partCpuSeconds: partSeconds,
    },
  }
}

function packsOf(ticks: readonly Tick[]): Uint8Array[] {
  const packs: Uint8Array[] = []
  for (let i = 0; i < ticks.length; i += PACK_TICKS) packs.push(encodePack(ticks.slice(i, i + PACK_TICKS)))
  return packs
}

async function fileOf(issues: readonly (readonly Uint8Array[])[]): Promise<Buffer> {
  const file = openParquet(TICK_COLUMNS)
  async function* filed(packs: readonly Uint8Array[]): AsyncGenerator<Tick> {
    for (const pack of packs) {
      for (const tick of decodePack(pack)) {
        file.add(tick)
        yield tick
      }
    }
  }
  for (const packs of issues) await dayRecordOf(RULES.hoursOf(TRADING_DATE), filed(packs), true)
  return Buffer.concat(file.finish())
}

function written(ticks: readonly Tick[]): readonly Uint8Array[] {
  const file = openParquet(TICK_COLUMNS)
  for (const tick of ticks) file.add(tick)
  return file.finish()
}

function jsonOf(issues: readonly (readonly Uint8Array[])[]): Buffer {
  const lines = issues.flatMap(packs => packs.flatMap(pack => decodePack(pack).map(recordOf)))
  return gzipSync(lines.map(record => String(encodeRecord(record))).join('\n'))
}

async function* readBack(bytes: Buffer): AsyncGenerator<Tick> {
  const whole = new Uint8Array(bytes).buffer
  yield* readTicks({ byteLength: whole.byteLength, slice: (from, to) => whole.slice(from, to) })
}

async function assertCount(bytes: Buffer, count: number): Promise<void> {
  let found = 0
  for await (const _ of readBack(bytes)) found++
  assert.equal(found, count)
}

async function assertSame(bytes: Buffer, ticks: readonly Tick[]): Promise<void> {
  let index = 0
  for await (const tick of readBack(bytes)) {
    const { board, ...rest } = ticks[index++]!
    const { board: found, ...same } = tick
    assert.deepEqual(same, rest)
    assert.ok(boardsEqual(found, board))
  }
  assert.equal(index, ticks.length)
}
