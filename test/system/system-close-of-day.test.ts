/** Tests the end of a day on the real processes: the archive contains exactly what the exchange sent. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Cloud } from '@itastream/local-cloud'
import { asyncBufferFromFile } from 'hyparquet'
import { archiveKeys } from '../../archive/archive-keys.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { readTicks } from '../../archive/read-archive.ts'
import { type Market, type SyntheticSource, syntheticMarket } from '../../local/local-market.ts'
import { startSystem } from '../../local/system.ts'
import { compareIssueCodes } from '../../market/issue-code.ts'
import { DAY_MICROSECONDS, momentOf } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import {
  addMillis,
  asTradingDate,
  type DayMicros,
  type EpochMillis,
  toEpochMillis,
} from '../../market/units.ts'
import { ticksBetween } from '../../tables/ticks/read-ticks.ts'
import { until } from '../until.ts'
import { tellTruth } from './system-truth.ts'

const DATE = asTradingDate(20261120)
const FUNCTION = 'CloseCloseOfDay'
const at = (hours: number, minutes: number): number => (hours * 60 + minutes) * 60_000_000
/** The last minutes of trading and some minutes after, at a market minute a second. */
const FROM = at(15, 24)
const UNTIL = at(15, 36)
const SPEED = 60
/** Then the clock jumps here and runs slower: the schedule fires every fifteen real seconds. */
const AFTER = at(16, 39)
const SPEED_AFTER = 20
/** The schedule fires some times until every part is archived. */
const FINAL_LIMIT = { limitMs: 200_000, pollMs: 200 }
/** The schedule fires once or twice more. */
const REPORTED_LIMIT = { limitMs: 40_000, pollMs: 200 }

/**
 * A time limit of a call, in real time. On a busy machine it may pass in all three attempts of an invocation, which are seconds
 * apart at this speed of the clock. The schedule invokes the function again.
 */
const EXPIRED = /AbortError|TimeoutError|Task timed out/

/** Returns a market whose clock runs from its last minutes to the time of the final archive. */
function lastMinutes(): Market<SyntheticSource> {
  const options = { seed: 5, issues: 8, rate: 20, tradingDate: DATE, live: UNTIL, speed: SPEED }
  const { begin, ...market } = syntheticMarket(options)
  return {
    ...market,
    begin(start) {
      const { time, source } = begin(start)
      const liveAt = addMillis(start, (UNTIL - FROM) / 1000 / SPEED)
      const segment = (real: EpochMillis, market: DayMicros, speed: number) => ({
        real,
        market: toEpochMillis(momentOf(DATE, market)),
        speed,
      })
      const segments = [segment(start, FROM, SPEED), segment(liveAt, AFTER, SPEED_AFTER)]
      const { fill: _, ...exchange } = source.exchange
      return {
        time: { ...time, from: FROM, live: UNTIL, segments, liveAt },
        source: { exchange: { ...exchange, from: FROM } },
      }
    },
  }
}

test('the schedule archives a day tick by tick as the exchange sent it', async t => {
  const data = mkdtempSync(join(tmpdir(), 'itastream-close-'))
  t.after(() => rmSync(data, { recursive: true }))
  const logged: string[] = []
  const system = await startSystem({
    market: lastMinutes(),
    data,
    ports: { web: 0, websocket: 0, http: 0, issuer: 0 },
    progress: () => {},
    log: text => logged.push(text),
  })
  t.after(() => system.close())
  const { cloud } = system
  const folder = cloud.objectsFolder('ArchiveBucket')
  const readManifest = (): Manifest | undefined => {
    try {
      return JSON.parse(readFileSync(join(folder, archiveKeys.manifest(DATE)), 'utf8')) as Manifest
    } catch {
      return undefined
    }
  }
  await until(() => readManifest()?.stage === 'final', 'the final archive', FINAL_LIMIT)
  const manifest = readManifest()!
  const archived: Tick[] = []
  for (const { key, sha256, rows } of manifest.files) {
    const digest = createHash('sha256')
      .update(readFileSync(join(folder, key)))
      .digest('hex')
    assert.equal(digest, sha256, key)
    if (!key.startsWith('ticks/')) continue
    const before = archived.length
    for await (const tick of readTicks(await asyncBufferFromFile(join(folder, key)))) archived.push(tick)
    assert.equal(archived.length - before, rows, key)
  }
  assert.equal(manifest.behind, undefined)
  assert.equal(archived.length, manifest.ticks)
  assert.deepEqual(archived.sort(byIssue), (await storedTicks(t, cloud, system.issues)).sort(byIssue))
  // A task that starts late begins with a snapshot, so the first ticks may be missing; all later ticks must be there.
  const truth = tellTruth(system.source.exchange, DAY_MICROSECONDS - 1)
  assert.ok(archived.some(({ trade }) => trade !== undefined))
  for (const { code } of system.issues) {
    const ofIssue = archived.filter(tick => tick.board.issue === code)
    const sent = truth.ticksOf(code)
    assert.ok(ofIssue.length > 0, code)
    assert.deepEqual(ofIssue.map(boardOnly), sent.slice(sent.length - ofIssue.length).map(boardOnly))
  }
  await assert.rejects(cloud.invoke(FUNCTION, { date: 20261123 }), /expected a trading date up to 20261120/)

  const logs = join(data, 'logs')
  const log = readdirSync(logs).find(name => name.startsWith(FUNCTION))!
  // The metric that the alarms watch, under the name that the alarms use. On a busy machine a later invocation reports it.
  const hasReported = (): boolean =>
    /"service":"close-of-day","ArchiveOverdue":0/.test(readFileSync(join(logs, log), 'utf8'))
  await until(hasReported, 'the metric of an archived day', REPORTED_LIMIT)
  assert.deepEqual(
    logged.filter(text => /not authorized|lost after|failed/.test(text) && !EXPIRED.test(text)),
    [],
  )
})

/** Returns the ticks of the date in the ticks table. */
async function storedTicks(
  t: TestContext,
  cloud: Cloud,
  issues: readonly { readonly code: string }[],
): Promise<Tick[]> {
  const client = new DynamoDBClient({
    endpoint: cloud.endpointUrl,
    region: cloud.region,
    credentials: cloud.credentials,
  })
  t.after(() => client.destroy())
  const table = { client, table: cloud.ref('TablesTicks') }
  const found: Tick[] = []
  const start = { time: 0, sequence: 0 }
  for (const { code } of issues) {
    for await (const tick of ticksBetween(table, code, DATE, start, DAY_MICROSECONDS - 1)) found.push(tick)
  }
  return found
}

function byIssue(a: Tick, b: Tick): number {
  return compareIssueCodes(a.board.issue, b.board.issue) || a.sequence - b.sequence
}

function boardOnly({ line, sequence, time, board }: Tick) {
  return { line, sequence, time, board }
}
