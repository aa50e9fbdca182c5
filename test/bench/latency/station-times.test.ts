import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readStationTimes } from '../../../bench/latency/station-times.ts'
import { asEpochMillis } from '../../../market/units.ts'

const metrics = (at: number, values: object): string => JSON.stringify({ _aws: { Timestamp: at }, ...values })
const report = (milliseconds: number): string =>
  `REPORT RequestId: x\tDuration: ${milliseconds.toFixed(2)} ms`

test('the stations come from the metrics of ingest and broadcast, and from the durations of rounds', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'itastream-stations-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(folder, name), lines.join('\n'))
  write('IngestService1Service.log', [
    metrics(900, { LagP50: 99 }),
    metrics(1_000, { LagP50: 5 }),
    'task started',
  ])
  write('IngestService2Service.log', [metrics(1_100, { LagP50: 7 }), metrics(1_200, { Live: 1 })])
  write('StoreStoreTicksFunction.log', [metrics(1_000, { Lag: 1_000 })])
  write('BroadcastFunction.log', [
    report(70),
    metrics(950, { Lag: [90, 80], PostLatency: [3, 3] }),
    report(60),
    // Two rounds, both with ticks and posts.
    report(20),
    '{"level":"WARN","message":"boards could not be written"}',
    metrics(1_000, { Lag: [50, 10], PostLatency: [2, 4] }),
    report(12.5),
    // A round without posts, and one without ticks.
    report(8),
    metrics(1_050, { Lag: [18, 19], PostLatency: 5 }),
    report(9),
    metrics(1_100, { TicksBroadcast: 0 }),
    report(6),
    metrics(1_150, { Lag: 30, PostLatency: 1 }),
    report(5),
  ])
  assert.deepEqual(await readStationTimes(folder, asEpochMillis(1_000)), {
    toStream: [5, 7],
    toRound: [30, 0, 10, 10, 25],
    round: [20, 12.5, 5],
    post: [2, 4, 1],
    rounds: 6,
  })
})
