/** An archive on a real table and the S3 of the local cloud. The test decides when requested parts are archived. */

import { createHash } from 'node:crypto'
import type { TestContext } from 'node:test'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import { archiveKeys, partOf } from '../../../archive/archive-keys.ts'
import type { Manifest } from '../../../archive/manifest.ts'
import { readTicks } from '../../../archive/read-archive.ts'
import { listKeys } from '../../../functions/close-of-day/archive-objects.ts'
import { type CloseContext, closePart, type PartRequest } from '../../../functions/close-of-day/close-day.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { encodePack } from '../../../market/codec/pack.ts'
import { DAY_MICROSECONDS, momentOf } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import {
  addMicros,
  addMillis,
  asEpochSeconds,
  asTradingDate,
  type EpochMicros,
  nowMillis,
} from '../../../market/units.ts'
import { putItems } from '../../../tables/ticks/put-items.ts'
import { ticksBetween } from '../../../tables/ticks/read-ticks.ts'
import { daysKey, minutesKey, packItem } from '../../../tables/ticks/ticks-item.ts'
import { createPace } from '../../../tables/ticks/write-pace.ts'
import { boot, client as sdk } from '../../local/cloud/cloud-fixture.ts'
import { storeEvents } from '../boards-fixture.ts'
import { LANES, stateStored } from '../stored-lanes.ts'
import { sampleTicks } from '../stored-market.ts'
import { addTicksTable, type Tables } from '../tables.ts'

/** A Friday. */
export const DATE = asTradingDate(20261120)
/** The issue master of the tests. Issue 9999 never has a tick. */
export const LISTED = ['6758', '7203', '9999'] as const
/** The ticks of the listed issues on a day, and those of other issues. */
export const [DAY, OTHER] = [true, false].map(listed =>
  sampleTicks(400).filter(tick => (LISTED as readonly string[]).includes(tick.board.issue) === listed),
) as [Tick[], Tick[]]
/** The parts of the listed issues: two with ticks and one without. */
export const LISTED_PARTS: ReadonlySet<number> = new Set(LISTED.map(partOf))

const STORE_SECONDS = 180
const FAR = asEpochSeconds(4_000_000_000)

/** Returns a market time on the date, or `days` days later. */
export const at = (hours: number, minutes: number, days = 0): EpochMicros =>
  addMicros(momentOf(DATE, (hours * 60 + minutes) * 60_000_000), days * DAY_MICROSECONDS)

export interface TestArchive {
  readonly context: CloseContext
  /** Requests for parts that are not archived yet. */
  readonly asked: PartRequest[]
  /** Archives the requested parts in reverse order; only those in `parts`, if it is given. */
  archiveRequested(now: EpochMicros, parts?: ReadonlySet<number>): Promise<void>
  /** Stores ticks in the ticks table. */
  store(ticks: readonly Tick[]): Promise<void>
  manifest(): Promise<Manifest | undefined>
  /** Returns the ticks of the files in the manifest, sorted by issue and sequence. */
  archived(): Promise<Tick[]>
  /** Returns the SHA-256 of every object by key. */
  digests(): Promise<Record<string, string>>
  body(key: string): Promise<Buffer>
  put(key: string, body: string): Promise<void>
}

let tableCount = 0

/**
 * Opens an archive of a date whose lanes are stored to its end.
 * @param base tables with the issue master of {@link LISTED}.
 */
export async function openArchive(t: Pick<TestContext, 'after'>, base: Tables): Promise<TestArchive> {
  const setup = await boot(t, { resources: { archive: { Type: 'AWS::S3::Bucket' } } })
  const client = new S3Client(sdk(setup.cloud))
  t.after(() => client.destroy())
  const bucket = { client, bucket: setup.cloud.ref('archive') }
  const ticks = await addTicksTable(base, `close-${++tableCount}`)
  await stateStored(ticks, DATE)
  const asked: PartRequest[] = []
  const context: CloseContext = {
    bucket,
    ticks: { ...ticks, consistent: true },
    boards: { client: base.client, table: 'boards' },
    storeSeconds: STORE_SECONDS,
    calendar: RULES,
    keepDays: 31,
    lanes: LANES,
    wholeDates: new Set(),
    tasksRun: false,
    requestPart: async request => void asked.push(request),
  }
  const body = async (Key: string): Promise<Buffer> => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket.bucket, Key }))
    return Buffer.from(await Body!.transformToByteArray())
  }
  const manifest = async (): Promise<Manifest | undefined> =>
    (await listKeys(bucket, archiveKeys.manifest(DATE))).size === 0
      ? undefined
      : (JSON.parse(String(await body(archiveKeys.manifest(DATE)))) as Manifest)
  return {
    context,
    asked,
    manifest,
    body,
    async put(Key, Body) {
      await client.send(new PutObjectCommand({ Bucket: bucket.bucket, Key, Body }))
    },
    async archiveRequested(now, parts) {
      for (const request of asked.splice(0).reverse()) {
        if (parts?.has(request.part) ?? true)
          await closePart(context, request, now, addMillis(nowMillis(), 60_000))
      }
    },
    async store(day) {
      const items = [...Map.groupBy(day, tick => tick.board.issue)].map(([issue, some]) =>
        packItem(issue, DATE, some[0]!, encodePack(some), FAR),
      )
      await putItems(ticks, items, addMillis(nowMillis(), 10_000), createPace(10_000))
    },
    async archived() {
      const found: Tick[] = []
      for (const { key } of (await manifest())?.files ?? []) {
        if (!key.startsWith('ticks/')) continue
        const bytes = new Uint8Array(await body(key)).buffer
        const file = {
          byteLength: bytes.byteLength,
          slice: (from: number, to?: number) => bytes.slice(from, to),
        }
        for await (const tick of readTicks(file)) found.push(tick)
      }
      return found.sort(byIssue)
    },
    async digests() {
      const found: Record<string, string> = {}
      for (const key of await listKeys(bucket, ''))
        found[key] = createHash('sha256')
          .update(await body(key))
          .digest('hex')
      return found
    },
  }
}

/** Returns the ticks of the day as a reader of the table gets them. */
export async function storedTicksOf({ context }: TestArchive, issues: readonly string[]): Promise<Tick[]> {
  const found: Tick[] = []
  const start = { time: 0, sequence: 0 }
  for (const issue of issues) {
    for await (const tick of ticksBetween(context.ticks, issue, DATE, start, DAY_MICROSECONDS - 1))
      found.push(tick)
  }
  return found.sort(byIssue)
}

/** Returns the items of finished days in the table. */
export async function dayItemsOf({ context }: TestArchive, issues: readonly string[]): Promise<object[]> {
  const { client, table } = context.ticks
  const answers = await Promise.all(
    issues
      .flatMap(issue => [daysKey(issue), minutesKey(issue)])
      .map(key =>
        client.send(
          new QueryCommand({
            TableName: table,
            KeyConditionExpression: '#key = :key',
            ExpressionAttributeNames: { '#key': 'key' },
            ExpressionAttributeValues: { ':key': key },
          }),
        ),
      ),
  )
  return answers.flatMap(({ Items }) => Items ?? [])
}

/** Stores the issue master of {@link LISTED}. */
export async function storeListed({ client }: Tables): Promise<void> {
  const issues = LISTED.map(code => ({
    code,
    name: `銘柄${code}`,
    section: 'プライム',
    unit: 100,
    basePrice: 10_000_000,
    topix500: true,
  }))
  const event = { type: 'issues' as const, line: 1, tradingDate: DATE, part: 0, parts: 1, issues }
  await storeEvents({ client, table: 'boards' }, [event])
}

function byIssue(a: Tick, b: Tick): number {
  return a.board.issue < b.board.issue ? -1 : a.board.issue > b.board.issue ? 1 : a.sequence - b.sequence
}
