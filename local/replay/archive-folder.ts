/** The archive of a day in a folder: what its manifest says there is, held against what there is. */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { asyncBufferFromFile } from 'hyparquet'
import * as v from 'valibot'
import { archiveKeys } from '../../archive/archive-keys.ts'
import { readTicks } from '../../archive/read-archive.ts'
import type { IssueMaster } from '../../market/market-event.ts'
import { isoDate } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import type { TradingDate } from '../../market/units.ts'

/** A day cannot be read from an archive; the message is all that a person needs. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError'
}

const manifestSchema = v.object({
  date: v.string(),
  ticks: v.number(),
  files: v.array(
    v.object({
      key: v.pipe(v.string(), v.regex(/^(?:[\w=-]+\/)+[\w-]+\.\w+$/)),
      bytes: v.number(),
      sha256: v.string(),
      rows: v.exactOptional(v.number()),
    }),
  ),
})
type ArchivedFile = v.InferOutput<typeof manifestSchema>['files'][number]

const issuesSchema = v.object({
  issues: v.array(
    v.object({
      code: v.string(),
      name: v.string(),
      section: v.string(),
      unit: v.number(),
      basePrice: v.number(),
      topix500: v.boolean(),
    }),
  ),
})

export interface ArchivedDay {
  /** YYYYMMDD. */
  readonly date: TradingDate
  readonly ticks: number
  /** Where the day's objects are. */
  readonly folder: string
  readonly files: readonly ArchivedFile[]
}

/**
 * Finds a day.
 * @param folder of the archive, or the data folder of a local run, below which it is.
 * @throws ArchiveError where there is none.
 */
export function findDay(folder: string, date: TradingDate): ArchivedDay {
  const key = archiveKeys.manifest(date)
  const root = rootOf(folder)
  if (!existsSync(join(root, key))) {
    const others = readdirSync(join(root, MANIFESTS)).map(name => name.replace('.json', ''))
    const known = others.length === 0 ? 'It has none.' : `It has ${others.sort().join(', ')}.`
    throw new ArchiveError(`expected ${key} in ${root}: no archive of ${isoDate(date)} is complete. ${known}`)
  }
  const { ticks, files } = read(root, key, manifestSchema)
  return { date, ticks, folder: root, files }
}

const MANIFESTS = 'manifests'
/** Where a local run keeps its buckets, below its data folder. */
const OBJECTS = 'objects'

function rootOf(folder: string): string {
  const holds = (candidate: string): boolean => existsSync(join(candidate, MANIFESTS))
  if (holds(folder)) return folder
  const objects = join(folder, OBJECTS)
  const buckets = existsSync(objects) ? readdirSync(objects).map(name => join(objects, name)) : []
  const found = buckets.find(holds)
  if (found === undefined) {
    throw new ArchiveError(
      `expected a folder with manifests/ of finished days, or one with such a bucket in ${OBJECTS}/, got ${folder}`,
    )
  }
  return found
}

/** Holds every file of the day against its size and checksum. @throws ArchiveError naming the first that differs. */
export async function checkDay({ folder, files }: ArchivedDay): Promise<void> {
  for (const { key, bytes, sha256 } of files) {
    const path = join(folder, key)
    const size = statSync(path, { throwIfNoEntry: false })?.size
    if (size === undefined) throw new ArchiveError(`${path}: expected a file of ${bytes} bytes, found none`)
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(path)) hash.update(chunk)
    const found = hash.digest('hex')
    if (found !== sha256) {
      throw new ArchiveError(
        `${path}: expected ${bytes} bytes with sha256 ${sha256}, got ${size} with ${found}: the file is damaged, ` +
          'or the day was archived again after its manifest',
      )
    }
  }
}

/** Who was listed. @throws ArchiveError */
export function issuesOf({ folder, date }: ArchivedDay): IssueMaster[] {
  return read(folder, archiveKeys.issues(date), issuesSchema).issues
}

/**
 * All ticks, issue after issue, each by rising sequence.
 * @throws ArchiveError where a file is not one of this version, or has not the rows that it should.
 */
export async function* ticksOf({ folder, files, ticks }: ArchivedDay): AsyncGenerator<Tick> {
  let all = 0
  for (const { key, rows } of files.filter(file => file.key.startsWith('ticks/'))) {
    const path = join(folder, key)
    const before = all
    try {
      for await (const tick of readTicks(await asyncBufferFromFile(path))) {
        all++
        yield tick
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new ArchiveError(`${path}: expected ticks as this version writes them: ${reason}`, {
        cause: error,
      })
    }
    if (all - before !== rows) throw new ArchiveError(`${path}: expected ${rows} rows, got ${all - before}`)
  }
  if (all !== ticks) throw new ArchiveError(`${folder}: expected ${ticks} ticks, got ${all}`)
}

function read<const Schema extends v.GenericSchema>(
  folder: string,
  key: string,
  schema: Schema,
): v.InferOutput<Schema> {
  const path = join(folder, key)
  try {
    return v.parse(schema, JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ArchiveError(`${path}: expected what this version of close-of-day writes: ${reason}`, {
      cause: error,
    })
  }
}
