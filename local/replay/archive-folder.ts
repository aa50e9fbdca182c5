/** Reads an archived day from a folder, and checks it against its manifest. */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { asyncBufferFromFile } from 'hyparquet'
import * as v from 'valibot'
import { archiveKeys } from '../../archive/archive-keys.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { readTicks } from '../../archive/read-archive.ts'
import type { IssueMaster } from '../../market/market-event.ts'
import { isoDate } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import type { TradingDate } from '../../market/units.ts'
import { issueMasterSchema } from './issue-master-schema.ts'

/** A day cannot be read from an archive. The message is complete: it needs no stack. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError'
}

/** The members of the manifest that a replay reads. */
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

const issuesSchema = v.object({ issues: v.array(issueMasterSchema) })

/** A day of an archive. */
export interface ArchivedDay {
  readonly date: TradingDate
  /** Number of ticks. */
  readonly ticks: number
  /** Root folder of the archive. */
  readonly folder: string
  readonly files: Manifest['files']
}

/**
 * Finds a day.
 * @param folder the root of an archive, or the data folder of a local run, which has the archive in a subfolder.
 * @throws ArchiveError if there is no complete archive of the day.
 */
export function findDay(folder: string, date: TradingDate): ArchivedDay {
  const key = archiveKeys.manifest(date)
  const root = rootOf(folder)
  if (!existsSync(join(root, key))) {
    const others = readdirSync(join(root, MANIFESTS)).map(name => name.replace('.json', ''))
    const available = others.length === 0 ? 'It has none.' : `It has ${others.sort().join(', ')}.`
    throw new ArchiveError(
      `expected ${key} in ${root}: no archive of ${isoDate(date)} is complete. ${available}`,
    )
  }
  const { ticks, files } = read(root, key, manifestSchema)
  return { date, ticks, folder: root, files }
}

const MANIFESTS = 'manifests'
/** Folder of the buckets in the data folder of a local run. */
const OBJECTS = 'objects'

function rootOf(folder: string): string {
  const hasManifests = (candidate: string): boolean => existsSync(join(candidate, MANIFESTS))
  if (hasManifests(folder)) return folder
  const objects = join(folder, OBJECTS)
  const buckets = existsSync(objects) ? readdirSync(objects).map(name => join(objects, name)) : []
  const found = buckets.find(hasManifests)
  if (found === undefined) {
    throw new ArchiveError(
      `expected a folder with ${MANIFESTS}/, or a data folder whose ${OBJECTS}/ has a bucket with ${MANIFESTS}/, got ${folder}`,
    )
  }
  return found
}

/** Checks size and checksum of every file of the day. @throws ArchiveError that names the first wrong file. */
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
          'or the day was archived again after the manifest was written',
      )
    }
  }
}

/** Reads the issues of the day. @throws ArchiveError if the file cannot be read. */
export function issuesOf({ folder, date }: ArchivedDay): IssueMaster[] {
  return read(folder, archiveKeys.issues(date), issuesSchema).issues
}

/**
 * Reads all ticks, issue after issue, each issue by rising sequence.
 * @throws ArchiveError if a file is of another version, or has another number of rows than its manifest says.
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
      throw new ArchiveError(`${path}: expected a tick file of this version: ${reason}`, {
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
    throw new ArchiveError(`${path}: expected JSON of this version's archive: ${reason}`, {
      cause: error,
    })
  }
}
