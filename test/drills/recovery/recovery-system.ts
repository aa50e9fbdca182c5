/** A trading date that two tasks have published, with all that stores, archives and answers it: real tables, a real bucket. */
import { setTimeout as sleep } from 'node:timers/promises'
import { S3Client } from '@aws-sdk/client-s3'
import { PutCommand, paginateScan } from '@aws-sdk/lib-dynamodb'
import { archiveKeys } from '../../../archive/archive-keys.ts'
import type { Manifest } from '../../../archive/manifest.ts'
import { KEEP_DAYS, LANES, STORE_SECONDS } from '../../../cdk/sizing.ts'
import { type Bucket, getJson } from '../../../functions/close-of-day/archive-objects.ts'
import {
  type CloseContext,
  closeAgain,
  closeDay,
  closePart,
  type PartRequest,
} from '../../../functions/close-of-day/close-day.ts'
import type { StreamRecord } from '../../../functions/store-ticks/read-batch.ts'
import { eachOf } from '../../../lambda/each-of.ts'
import { below, type Random } from '../../../local/exchange/random.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import type { Clock } from '../../../market/clock.ts'
import { LINE_NUMBERS } from '../../../market/lane.ts'
import { DAY_MICROSECONDS, momentOf } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { addMicros, addMillis, nowMillis } from '../../../market/units.ts'
import type { Table } from '../../../tables/dynamodb.ts'
import { SETTLE_MS } from '../../../tables/ticks/watermarks.ts'
import { showMarket } from '../../functions/shown-market.ts'
import { recordsOf } from '../../functions/store-ticks/batch-delivery.ts'
import { openSender, sampleTicks, TRADING_DATE } from '../../functions/stored-market.ts'
import { addTicksTable, startTables, type Tables } from '../../functions/tables.ts'
import { boot, client as sdk } from '../../local/cloud/cloud-fixture.ts'

const MOST_TICKS_A_SEND = 15
const KEY_FRAME_CHANCE = 0.05
/** The tasks start at 7:30 and at 10:30. */
const STARTS = [7.5, 10.5].map(hours => momentOf(TRADING_DATE, hours * 3_600_000_000) / 1_000)
/** 10:00 of the day after. */
const NEXT_DAY = addMicros(momentOf(TRADING_DATE, 10 * 3_600_000_000), DAY_MICROSECONDS)
const PART_LIMIT_MS = 60_000
const PARTS_IN_FLIGHT = 8

export interface RecoverySystem {
  /** What the line has sent. */
  readonly truth: readonly Tick[]
  /** The stream. */
  readonly records: readonly StreamRecord[]
  readonly ticks: Table
  readonly tables: Tables
  /** Failed batches and the archive are in one bucket: their keys differ. */
  readonly bucket: Bucket
  /** Stands still on the day after the trading date. */
  readonly clock: Clock
  /** Runs close-of-day until it has nothing to do. Returns the manifest of the date. */
  archive(): Promise<Manifest>
  /** Archives the date again, whatever the archive has of it. */
  archiveAgain(): Promise<void>
  /** Adds an empty table of ticks. */
  addTable(): Promise<Table>
  /** Waits until readers use the watermarks that were written last. */
  settle(): Promise<void>
}

/**
 * @param count ticks of the day. Between two ticks are some 15 s from 9:00 on, so 1,500 at most.
 */
export async function openRecoverySystem(
  cleanup: AsyncDisposableStack,
  seed: number,
  count: number,
  random: Random,
): Promise<RecoverySystem> {
  const tables = cleanup.use(await startTables())
  const after = (end: () => unknown): void => void cleanup.defer(async () => void (await end()))
  const { cloud } = await boot({ after } as Parameters<typeof boot>[0], {
    resources: { archive: { Type: 'AWS::S3::Bucket' } },
  })
  const client = new S3Client(sdk(cloud))
  cleanup.defer(() => client.destroy())
  const bucket = { client, bucket: cloud.ref('archive') }
  const ticks = await addTicksTable(tables, `ticks-of-${seed}`)
  const truth = sampleTicks(count, seed)
  await showMarket({ client: tables.client, table: 'boards' }, truth)
  const asked: PartRequest[] = []
  const clock: Clock = { now: () => NEXT_DAY, speed: () => 1, realMillisecondsUntil: () => 0 }
  const context: CloseContext = {
    bucket,
    ticks: { ...ticks, consistent: true },
    boards: { client: tables.client, table: 'boards' },
    storeSeconds: STORE_SECONDS,
    calendar: RULES,
    keepDays: KEEP_DAYS,
    lanes: LANES,
    wholeDates: new Set(),
    tasksRun: false,
    requestPart: async request => void asked.push(request),
  }
  let added = 0
  const archiveAsked = async (): Promise<void> => {
    await eachOf(asked.splice(0), PARTS_IN_FLIGHT, async request => {
      await closePart(context, request, NEXT_DAY, addMillis(nowMillis(), PART_LIMIT_MS))
    })
  }
  return {
    truth,
    records: recordsOf(publish(truth, random)),
    ticks,
    tables,
    bucket,
    clock,
    addTable: () => addTicksTable(tables, `ticks-of-${seed}-${++added}`),
    settle: () => sleep(SETTLE_MS + 1),
    async archiveAgain() {
      await closeAgain(context, TRADING_DATE, NEXT_DAY)
      await archiveAsked()
    },
    async archive() {
      for (;;) {
        await closeDay(context, NEXT_DAY)
        if (asked.length === 0) break
        await archiveAsked()
      }
      return (await getJson<Manifest>(bucket, archiveKeys.manifest(TRADING_DATE)))!
    },
  }
}

/** Returns the envelopes of the day: a second task takes over at some moment, and all lines report the end of the day. */
function publish(truth: readonly Tick[], random: Random): Uint8Array[] {
  const takeOver = below(random, truth.length)
  const end = momentOf(TRADING_DATE, DAY_MICROSECONDS - 1)
  let sender = openSender(STARTS[0]!)
  let hasTakenOver = false
  const envelopes: Uint8Array[] = []
  for (let at = 0; at < truth.length; ) {
    if (!hasTakenOver && at >= takeOver) {
      sender = openSender(STARTS[1]!, sender.published())
      hasTakenOver = true
    }
    const until = at + 1 + below(random, MOST_TICKS_A_SEND)
    envelopes.push(...sender.send(truth.slice(at, until)))
    if (random() < KEY_FRAME_CHANCE) envelopes.push(...sender.keyFrames())
    at = until
  }
  const others = LINE_NUMBERS.slice(1).flatMap(line => openSender(STARTS[0]!, undefined, line).complete(end))
  return [...envelopes, ...sender.keyFrames(), ...sender.complete(end), ...others]
}

/** Returns all items of a table. */
export async function itemsOf({ client, table }: Table): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = []
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table })) items.push(...Items)
  return items
}

/** Writes items as DynamoDB restores them. */
export async function putItems({ client, table }: Table, items: readonly object[]): Promise<void> {
  for (const Item of items) await client.send(new PutCommand({ TableName: table, Item }))
}
