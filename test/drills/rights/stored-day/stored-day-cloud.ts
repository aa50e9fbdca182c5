/** A cloud on the day after a trading date, without lines: store-ticks has stored the ticks of the date, and close-of-day archives them. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Cloud, startCloud } from '@itastream/local-cloud'
import { archiveKeys } from '../../../../archive/archive-keys.ts'
import { assemble, STACK_NAME } from '../../../../local/assemble.ts'
import { type Issuer, startIssuer } from '../../../../local/issuer/issuer.ts'
import { formatSegments, parseClock } from '../../../../market/clock.ts'
import { DAY_MICROSECONDS, momentOf } from '../../../../market/moment.ts'
import { addMicros, nowMillis, toEpochMillis } from '../../../../market/units.ts'
import { createDynamoDB } from '../../../../tables/dynamodb.ts'
import { showMarket } from '../../../functions/shown-market.ts'
import { openSender, sampleTicks, TRADING_DATE } from '../../../functions/stored-market.ts'
import { until } from '../../../until.ts'
import { WITHOUT_LINES } from '../refused-boots.ts'
import type { TrialStage } from '../withheld-rights.ts'

/** 10:00 of the day after. */
const NEXT_DAY = addMicros(momentOf(TRADING_DATE, 10 * 3_600_000_000), DAY_MICROSECONDS)
const TICKS = 400
const BATCHES = 100
const CANARY_SECRET = 'arn:aws:secretsmanager:ap-northeast-1:000000000000:secret:canary-local0'
const ARCHIVED = { limitMs: 120_000, pollMs: 100 }

export interface StoredDay extends TrialStage {
  readonly cloud: Cloud
  /** Stores the next batch of ticks that no invocation has stored. */
  storeNext(): Promise<void>
  /** Stores a batch again that was stored before. */
  storeAgain(): Promise<void>
  /** Lets a function work. @throws Error if it fails, or does not end in time. */
  invoke<Result>(fn: string, event: object): Promise<Result>
  /** Brings the archive to its state after the first run of close-of-day, without the objects that `isMissing` names by their keys. */
  restore(isMissing?: (key: string) => boolean): void
  /** Returns whether the archive has an object. */
  isArchived(key: string): Promise<boolean>
  close(): Promise<void>
}

interface ArchivedObject {
  readonly key: string
  readonly body: Uint8Array
}

function readArchive(folder: string): ArchivedObject[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      return { key: relative(folder, path), body: readFileSync(path) }
    })
}

/** Returns the event of a batch of records. */
function eventOf(envelopes: readonly Uint8Array[], first: number): object {
  return {
    Records: envelopes.map((bytes, index) => ({
      kinesis: {
        sequenceNumber: String(1_000 + first + index),
        data: Buffer.from(bytes).toString('base64'),
        partitionKey: 'drill',
        approximateArrivalTimestamp: nowMillis() / 1_000,
      },
    })),
  }
}

export async function startStoredDay(): Promise<StoredDay> {
  await using parts = new AsyncDisposableStack()
  const issuer: Issuer = parts.adopt(await startIssuer({ port: 0 }), each => each.close())
  const clockText = formatSegments([{ real: nowMillis(), market: toEpochMillis(NEXT_DAY), speed: 1 }])
  const cloud = parts.adopt(
    await startCloud({
      assembly: await assemble(),
      stack: STACK_NAME,
      clock: parseClock(clockText),
      variables: { MARKET_CLOCK: clockText },
      parameters: { ...WITHOUT_LINES.parameters, TokenIssuer: issuer.url, CanarySecret: CANARY_SECRET },
      secrets: {
        ...WITHOUT_LINES.secrets,
        [CANARY_SECRET]: JSON.stringify({ url: issuer.tokenUrl, body: '' }),
      },
      log: () => {},
    }),
    each => each.close(),
  )
  const { endpointUrl: endpoint, region, credentials } = cloud
  const client = parts.adopt(createDynamoDB({ endpoint, region, credentials }), each => each.destroy())
  const ticks = sampleTicks(TICKS)
  const size = TICKS / BATCHES
  const sender = openSender(1)
  const batches = Array.from({ length: BATCHES }, (_, index) =>
    sender.send(ticks.slice(index * size, (index + 1) * size)),
  )
  // The boards show no tick that the archive lacks.
  await showMarket({ client, table: cloud.ref('TablesBoards') }, ticks.slice(0, 2 * size))
  const folder = cloud.objectsFolder('ArchiveBucket')
  let archive: readonly ArchivedObject[] = []
  const isArchived = async (key: string): Promise<boolean> =>
    (await cloud.objects('ArchiveBucket')).some(object => object.key === key)

  let next = 0
  const started = parts.move()
  const stage: StoredDay = {
    cloud,
    wait: until,
    async storeNext() {
      // A batch that fails may be stored in part.
      const batch = next++
      await this.invoke('StoreStoreTicksFunction', eventOf(batches[batch]!, 10 * batch))
    },
    async storeAgain() {
      await this.invoke('StoreStoreTicksFunction', eventOf(batches[0]!, 0))
    },
    async invoke<Result>(fn: string, event: object): Promise<Result> {
      let result: Result | undefined
      let failure: unknown
      let isOver = false
      cloud
        .invoke(fn, event)
        .then(
          value => {
            result = value as Result
          },
          (error: unknown) => {
            failure = error
          },
        )
        .finally(() => {
          isOver = true
        })
      await this.wait(() => isOver, `a result of ${fn}`)
      if (failure !== undefined) throw failure
      return result as Result
    },
    restore(isMissing = () => false) {
      for (const { key, body } of archive) {
        if (isMissing(key)) rmSync(join(folder, key), { force: true })
        else writeFileSync(join(folder, key), body)
      }
    },
    isArchived,
    close: () => started.disposeAsync(),
  }
  try {
    await stage.storeNext()
    await stage.storeNext()
    await cloud.invoke('CloseCloseOfDayFunction', { date: TRADING_DATE })
    await until(() => isArchived(archiveKeys.manifest(TRADING_DATE)), 'an archived day', ARCHIVED)
    archive = readArchive(folder)
    return stage
  } catch (error) {
    await stage.close()
    throw error
  }
}
