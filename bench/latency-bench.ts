/** The way of a tick from the socket of the exchange to an app, beyond the wait for the pace of the app. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DEFAULT_PACE_MS } from '../market/protocol.ts'
import { nowMillis } from '../market/units.ts'
import { figure } from '../tools/table.ts'
import { type Benchmark, median, percentile } from './benchmark.ts'
import { readStationTimes } from './latency/station-times.ts'
import { runCrowd } from './local/run-crowd.ts'
import { startByNpm } from './local/started.ts'

const ISSUES = 500
const TICKS_PER_SECOND = 1_000
const CLIENTS = 200
const ISSUES_PER_CLIENT = 20
const MEASURE_SECONDS = 40
/** Goals of docs/performance.md (ms). */
const GOAL_P50_MS = 60
const GOAL_P99_MS = 250

export const latency: Benchmark = {
  name: 'latency',
  about: `from the exchange to ${CLIENTS} clients at ${figure(TICKS_PER_SECOND)} ticks/s, beyond their pace; two minutes`,
  async run() {
    await using cleanup = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'itastream-latency-'))
    cleanup.defer(() => rm(folder, { recursive: true, force: true }))
    const data = join(folder, 'data')
    const options = ['--issues', String(ISSUES), '--rate', String(TICKS_PER_SECOND), '--data', data]
    const started = cleanup.use(await startByNpm(options))
    const crowd = await runCrowd(
      started,
      {
        clients: CLIENTS,
        issuesPerClient: ISSUES_PER_CLIENT,
        pace: DEFAULT_PACE_MS,
        measureSeconds: MEASURE_SECONDS,
      },
      async () => {
        const from = nowMillis()
        await sleep(MEASURE_SECONDS * 1000)
        return readStationTimes(join(data, 'logs'), from)
      },
    )
    const { during, beyondPaceP50, beyondPaceP99 } = crowd
    const stations = {
      toStream: median(during.toStream),
      toRound: Math.max(0, median(during.toRound) - median(during.toStream)),
      round: median(during.round.map((time, index) => time - during.post[index]!)),
      post: median(during.post),
    }
    const whole = Object.values(stations).reduce((sum, time) => sum + time, 0)
    const row = (name: string, time: number): string[] => [
      name,
      `${figure(time, 1)} ms`,
      `${figure((time / whole) * 100)}%`,
    ]
    return {
      table: [
        ['', `${CLIENTS} clients at ${DEFAULT_PACE_MS} ms`, 'share'],
        [`beyond the pace, p50 (goal ${GOAL_P50_MS})`, `${figure(beyondPaceP50)} ms`, ''],
        [`beyond the pace, p99 (goal ${GOAL_P99_MS})`, `${figure(beyondPaceP99)} ms`, ''],
        ['with the wait for the pace, p50', `${figure(crowd.p50)} ms`, ''],
        row('exchange to the stream', stations.toStream),
        row('stream to the start of a round', stations.toRound),
        row('round without its posts', stations.round),
        row('post', stations.post),
        ['round, p99', `${figure(percentile(during.round, 0.99), 1)} ms`, ''],
      ],
      notes: [
        'Beyond the pace: the arrival at the client, less the later of the tick and the end of the pace since the last arrival.',
        'Stations are medians: of the newest tick of each envelope, then of the youngest tick of each round.',
        `The clients received ${figure(crowd.updates / MEASURE_SECONDS)} updates a second, in ${figure(during.rounds / MEASURE_SECONDS)} rounds a second.`,
        'It has no baseline: the goals are in docs/performance.md.',
      ],
      figures: {
        p50Ms: beyondPaceP50,
        p99Ms: beyondPaceP99,
        withPaceP50Ms: crowd.p50,
        withPaceP99Ms: crowd.p99,
        toStreamMs: stations.toStream,
        toRoundMs: stations.toRound,
        roundMs: stations.round,
        postMs: stations.post,
        roundP99Ms: percentile(during.round, 0.99),
        updatesPerSecond: crowd.updates / MEASURE_SECONDS,
      },
    }
  },
}
