/** The end of a day on the real processes: what the exchange sent is in the archive, and nothing else. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { asyncBufferFromFile } from 'hyparquet'
import { keys } from '../../functions/close-of-day/bucket.ts'
import type { Manifest } from '../../functions/close-of-day/manifest.ts'
import { readTicks } from '../../functions/close-of-day/read-archive.ts'
import { type Market, type SyntheticSource, syntheticMarket } from '../../local/market.ts'
import { startSystem } from '../../local/system.ts'
import { DAY_MICROSECONDS, momentOf } from '../../market/clock.ts'
import type { Tick } from '../../market/tick.ts'
import { tellTruth } from './truth.ts'

const DATE = 20261120
const FUNCTION = 'CloseCloseOfDay'
const at = (hours: number, minutes: number): number => (hours * 60 + minutes) * 60_000_000
/** The last minutes of trading and some after, a minute a second. */
const FROM = at(15, 24)
const UNTIL = at(15, 36)
const SPEED = 60

/** A market whose clock goes on from there to when the day should be finished for good. */
function lastMinutes(): Market<SyntheticSource> {
  const options = { seed: 5, issues: 8, rate: 20, tradingDate: DATE, live: UNTIL, speed: SPEED }
  const { issues, begin } = syntheticMarket(options)
  return {
    issues,
    begin(start) {
      const { time, source } = begin(start)
      const liveAt = start + (UNTIL - FROM) / 1000 / SPEED
      const segment = (real: number, market: number) => ({
        real,
        market: momentOf(DATE, market) / 1000,
        speed: SPEED,
      })
      const segments = [segment(start, FROM), segment(liveAt, at(16, 34))]
      const { fill: _, ...exchange } = source.exchange
      return {
        time: { ...time, from: FROM, live: UNTIL, segments, liveAt },
        source: { exchange: { ...exchange, from: FROM } },
      }
    },
  }
}

test('a day that the exchange has sent is archived by the schedule, tick by tick', async t => {
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
      return JSON.parse(readFileSync(join(folder, keys.manifest(DATE)), 'utf8')) as Manifest
    } catch {
      return undefined
    }
  }
  const truth = tellTruth(system.source.exchange, DAY_MICROSECONDS - 1)
  const issues = system.issues.map(({ code }) => code).sort()
  const sent = issues.flatMap(issue => truth.ticksOf(issue))
  assert.ok(sent.some(({ trade }) => trade !== undefined))

  let manifest = readManifest()
  for (; manifest?.stage !== 'final'; manifest = readManifest()) await sleep(200)
  // On a busy machine the last ticks may have been stored after that: who runs it again by hand gets them.
  for (; manifest === undefined || manifest.ticks < sent.length; manifest = readManifest()) {
    await cloud.invoke(FUNCTION, { date: DATE })
    await sleep(3_000)
  }
  assert.deepEqual(
    manifest.lines.map(({ line, lost, missing }) => [line, lost, missing]),
    manifest.lines.map(({ line }) => [line, 0, 0]),
  )
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
  const bySequence = (a: { line: number; sequence: number }, b: { line: number; sequence: number }): number =>
    a.line - b.line || a.sequence - b.sequence
  assert.deepEqual(archived.sort(bySequence), sent.toSorted(bySequence))
  assert.deepEqual(
    logged.filter(text => /not authorized|lost after|failed/.test(text)),
    [],
  )
  const [, stats] = Object.entries(cloud.stats().functions).find(([id]) => id.startsWith(FUNCTION))!
  assert.equal(stats.errors, 0)
})
