/** Three rehearsals of a recovery, with the code of `npm run ops`: redrive, a restored table, and a day from the archive. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { DeleteCommand } from '@aws-sdk/lib-dynamodb'
import type { KinesisStreamRecord } from 'aws-lambda'
import { isWhole } from '../../../archive/manifest.ts'
import { listKeys } from '../../../functions/close-of-day/archive-objects.ts'
import { createEpochFence } from '../../../functions/store-ticks/epoch-fence.ts'
import type { StreamRecord } from '../../../functions/store-ticks/read-batch.ts'
import { below, type Random } from '../../../local/exchange/random.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { DAY_MICROSECONDS } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import type { Table } from '../../../tables/dynamodb.ts'
import { ticksBetween } from '../../../tables/ticks/read-ticks.ts'
import { createPace } from '../../../tables/ticks/write-pace.ts'
import { copyTicks } from '../../../tools/ops/copy-table.ts'
import type { MergeTarget } from '../../../tools/ops/merge-ticks.ts'
import { redrive } from '../../../tools/ops/redrive.ts'
import { restoreDay } from '../../../tools/ops/restore-day.ts'
import { deliver, store } from '../../functions/store-ticks/batch-delivery.ts'
import { ISSUES, TRADING_DATE } from '../../functions/stored-market.ts'
import { randomOf } from '../seed.ts'
import { answersOf } from './recovery-answers.ts'
import { failedBatchObject } from './recovery-objects.ts'
import { itemsOf, openRecoverySystem, putItems, type RecoverySystem } from './recovery-system.ts'

const MOST_RECORDS = 12
const GIVEN_UP_CHANCE = 0.3
/** So many that nothing waits. */
const UNITS_PER_SECOND = 1_000_000
const STORE_TICKS = 'arn:aws:lambda:ap-northeast-1:000000000000:function:store-ticks'

export interface RecoveryFigures {
  /** Batches that were given up and put back. */
  readonly batches: number
  /** Items that were deleted and copied back from the restored table. */
  readonly items: number
  /** Ticks that were deleted and written back from the archive. */
  readonly ticks: number
  /** Ticks and answers of the recovered system that are missing or differ. */
  readonly missing: number
  readonly differing: number
  readonly redriveSeconds: number
  readonly copySeconds: number
  readonly restoreSeconds: number
}

/**
 * @param count ticks of the day.
 * @throws AssertionError if a check fails that is no count.
 */
export async function runRecovery(seed: number, count: number): Promise<RecoveryFigures> {
  await using cleanup = new AsyncDisposableStack()
  const random = randomOf('recovery', seed)
  const system = await openRecoverySystem(cleanup, seed, count, random)
  const redriven = await rehearseRedrive(system, random)
  const before = await answersOf(system, true)
  const copied = await rehearseCopy(system, random)
  const afterCopy = compare(before, await answersOf(system, true))
  const restored = await rehearseRestore(system)
  const afterRestore = compare(withoutMarket(before), await answersOf(system, false))
  const missing = missingOf(system.truth, await readAll(system))
  return {
    batches: redriven.batches,
    items: copied.items,
    ticks: restored.ticks,
    missing: redriven.missing + missing,
    differing: afterCopy + afterRestore + restored.differing,
    redriveSeconds: redriven.seconds,
    copySeconds: copied.seconds,
    restoreSeconds: restored.seconds,
  }
}

/** Batches of a day are given up, some of them half stored. The day is archived without them, put back, and archived again. */
async function rehearseRedrive(
  system: RecoverySystem,
  random: Random,
): Promise<{ batches: number; missing: number; seconds: number }> {
  const { records, ticks, bucket, truth } = system
  let givenUp = 0
  const fence = createEpochFence()
  const put = async (key: string, body: string): Promise<void> => {
    await bucket.client.send(new PutObjectCommand({ Bucket: bucket.bucket, Key: key, Body: body }))
  }
  for (let at = 0; at < records.length; ) {
    const until = at + 1 + below(random, MOST_RECORDS)
    const batch = records.slice(at, until)
    at = until
    const isLast = at >= records.length
    // The last batch is stored, and the first is given up: so both a hole and a start are rehearsed.
    if (!isLast && (givenUp === 0 || random() < GIVEN_UP_CHANCE)) {
      // An earlier attempt had a part of the batch only. Later batches take its borders away.
      const from = below(random, batch.length)
      const part = batch.slice(from, from + 1 + below(random, batch.length - from))
      await deliver(ticks, part, 'died', below(random, 2 ** 31))
      await deliver(ticks, batch, 'died', below(random, 2 ** 31))
      const { key, body } = failedBatchObject(STORE_TICKS, batch, givenUp++)
      await put(key, body)
    } else await store(ticks, batch, fence)
  }
  const other = failedBatchObject(
    STORE_TICKS.replace('store-ticks', 'broadcast'),
    records.slice(0, 1),
    givenUp,
  )
  await put(other.key, other.body)
  await system.settle()
  const incomplete = await system.archive()
  assert.ok(!isWhole(incomplete), 'a day with batches that were given up is not whole')

  const parts = {
    bucket,
    storeTicks: `${STORE_TICKS}:live`,
    store: (given: readonly KinesisStreamRecord[]) => storeAgain(ticks, given),
    print: () => {},
  }
  const start = performance.now()
  const options = { date: undefined, isDryRun: false }
  const { batches, failed } = await redrive(parts, options)
  const seconds = (performance.now() - start) / 1_000
  assert.deepEqual([batches, failed], [givenUp, 0], 'batches put back, and failed')
  assert.equal((await redrive(parts, options)).batches, 0, 'batches of a second redrive')
  await system.settle()
  const manifest = await system.archive()
  assert.ok(isWhole(manifest), 'close-of-day archives the day again by itself')
  assert.equal(manifest.ticks, truth.length, 'ticks in the archive')
  return { batches, missing: missingOf(truth, await readAll(system)), seconds }
}

/** Stores the records of an event, as the handler of store-ticks does. */
async function storeAgain(ticks: Table, given: readonly KinesisStreamRecord[]) {
  const records: StreamRecord[] = given.map(({ kinesis }) => ({
    sequenceNumber: kinesis.sequenceNumber,
    bytes: Buffer.from(kinesis.data, 'base64'),
  }))
  const { failedFrom } = await store(ticks, records)
  return { batchItemFailures: failedFrom === undefined ? [] : [{ itemIdentifier: failedFrom }] }
}

/** Half of the items are deleted, among them whole issues. A table that was restored from before has them. */
async function rehearseCopy(
  system: RecoverySystem,
  random: Random,
): Promise<{ items: number; seconds: number }> {
  const { ticks } = system
  const restored = await system.addTable()
  const items = await itemsOf(ticks)
  await putItems(restored, items)
  const gone = items.filter(({ key }) => String(key).startsWith(`${ISSUES[0]}#`) || random() < 0.5)
  await deleteItems(ticks, gone)
  const start = performance.now()
  const { copied } = await copyTicks(restored, targetOf(ticks))
  const seconds = (performance.now() - start) / 1_000
  assert.ok(copied > 0, 'items copied')
  assert.equal((await copyTicks(restored, targetOf(ticks))).copied, 0, 'items of a second copy')
  await system.settle()
  return { items: gone.length, seconds }
}

/** The whole table is lost, and a day comes back from the archive. Archived again it has the same bytes. */
async function rehearseRestore(
  system: RecoverySystem,
): Promise<{ ticks: number; differing: number; seconds: number }> {
  const { ticks, bucket, clock } = system
  const digests = await digestsOf(system)
  await deleteItems(ticks, await itemsOf(ticks))
  const parts = { ...targetOf(ticks), archive: bucket, calendar: RULES, now: clock.now(), print: () => {} }
  const start = performance.now()
  const restored = await restoreDay(parts, TRADING_DATE)
  const seconds = (performance.now() - start) / 1_000
  assert.equal((await restoreDay(parts, TRADING_DATE)).packs, 0, 'packs of a second restore')
  await system.settle()
  await system.archiveAgain()
  const differing = compare(digests, await digestsOf(system))
  return { ticks: restored.ticks, differing, seconds }
}

function targetOf(ticks: Table): MergeTarget {
  return { ticks: { ...ticks, consistent: true }, pace: createPace(UNITS_PER_SECOND) }
}

async function deleteItems(
  { client, table }: Table,
  items: readonly Record<string, unknown>[],
): Promise<void> {
  for (const { key, time } of items)
    await client.send(new DeleteCommand({ TableName: table, Key: { key, time } }))
}

/** Returns the SHA-256 of the files and of the manifest of the archive. */
async function digestsOf({
  bucket: { client, bucket },
}: RecoverySystem): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>()
  for (const key of await listKeys({ client, bucket }, '')) {
    if (!/^(ticks|daily-bars|manifests)\//.test(key)) continue
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    digests.set(
      key,
      createHash('sha256')
        .update((await Body?.transformToByteArray()) ?? '')
        .digest('hex'),
    )
  }
  return digests
}

async function readAll({ ticks }: RecoverySystem): Promise<Tick[]> {
  const all: Tick[] = []
  for (const issue of ISSUES) {
    const start = { time: 0, sequence: 0 }
    for await (const tick of ticksBetween(ticks, issue, TRADING_DATE, start, DAY_MICROSECONDS - 1))
      all.push(tick)
  }
  return all
}

/** Returns the number of ticks that are missing, more than once or different. */
function missingOf(truth: readonly Tick[], found: readonly Tick[]): number {
  const bySequence = Map.groupBy(found, ({ sequence }) => sequence)
  return truth.filter(tick => {
    const [copy, ...more] = bySequence.get(tick.sequence) ?? []
    return more.length > 0 || JSON.stringify(copy) !== JSON.stringify(tick)
  }).length
}

function withoutMarket(answers: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...answers].filter(([name]) => !name.startsWith('market ')))
}

/** Returns the number of texts that differ. */
function compare(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): number {
  const names = new Set([...before.keys(), ...after.keys()])
  return [...names].filter(name => before.get(name) !== after.get(name)).length
}
