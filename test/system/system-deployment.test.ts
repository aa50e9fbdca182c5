/** Replaces the tasks of every line in trading hours: by the end of one task, and by a rolling deployment. */
import assert from 'node:assert/strict'
import { after, before, suite, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs'
import type { SyntheticSource } from '../../local/local-market.ts'
import { type System, startSystem } from '../../local/system.ts'
import { LINE_NUMBERS } from '../../market/lane.ts'
import { momentOf } from '../../market/moment.ts'
import { until } from '../until.ts'
import { assertCaughtUp, assertTradesComplete, assertTrue } from './assertions.ts'
import { collectBoards } from './collect.ts'
import { marketWithHistory } from './system-market.ts'
import { tellTruth } from './system-truth.ts'

/** A container is checked every ten seconds, and takes seconds to start and to end on a busy machine. Milliseconds. */
const REPLACED_LIMIT = { limitMs: 200_000, pollMs: 250 }
/** Time for updates that are on the way to the client, ms. */
const SETTLE_MS = 3_000

suite('tasks that are replaced in trading hours', () => {
  let system: System<SyntheticSource>
  let ecs: ECSClient
  const services = LINE_NUMBERS.map(line => `IngestService${line}Service`)
  const idsOf = (service: string): string[] => system.cloud.tasks(service).map(({ id }) => id)
  const areHealthy = (): boolean =>
    services.every(service => {
      const tasks = system.cloud.tasks(service)
      return (
        tasks.length === 2 && tasks.every(({ health, isStopping }) => health === 'HEALTHY' && !isStopping)
      )
    })

  before(async () => {
    system = await startSystem({
      market: marketWithHistory({ issues: 30, rate: 200, seed: 12 }),
      ports: { web: 0, websocket: 0, http: 0, issuer: 0 },
      progress: () => {},
      log: () => {},
    })
    const { endpointUrl: endpoint, region, credentials } = system.cloud
    ecs = new ECSClient({ endpoint, region, credentials })
    await sleep(Math.max(0, system.time.liveAt - Date.now()))
    await until(areHealthy, 'two healthy tasks of each line', REPLACED_LIMIT)
  })
  after(async () => {
    ecs.destroy()
    await system.close()
  })

  /** Collects every board of a client while `replace` runs, and compares it with the truth. */
  async function watch(t: TestContext, replace: () => Promise<void>): Promise<void> {
    const codes = system.issues.map(({ code }) => code)
    const client = system.connect()
    t.after(client.close)
    const states: string[] = []
    client.on('line', ({ line, state }) => {
      if (state !== 'live') states.push(`line ${line}: ${state}`)
    })
    const collected = collectBoards(client, codes)
    await until(
      () => codes.every(code => client.board(code) !== undefined),
      'a board of every issue',
      REPLACED_LIMIT,
    )
    await replace()
    await sleep(SETTLE_MS)
    const now = system.clock.now() - momentOf(system.time.tradingDate, 0)
    const truth = tellTruth(system.source.exchange, now)
    for (const code of codes) assertCaughtUp(truth, client.board(code))
    assertTrue(
      truth,
      collected.events.map(({ board }) => board),
    )
    assert.deepEqual(collected.backwards, [])
    assertTradesComplete(truth, collected)
    assert.deepEqual(
      collected.events.filter(({ lost }) => lost),
      [],
    )
    assert.deepEqual(states, [], 'every line stays live')
  }

  test('a killed task of each line costs no trade, and another task takes its place', async t => {
    await watch(t, async () => {
      // On a busy machine a task may take the lease from a task that stands still, which then ends.
      await until(areHealthy, 'two healthy tasks of each line', REPLACED_LIMIT)
      // The oldest task of a line has taken its lease first.
      const killed = services.map(service => system.cloud.tasks(service)[0]!)
      for (const task of killed) task.kill('SIGKILL')
      await until(
        () => areHealthy() && killed.every(({ id }) => !services.flatMap(idsOf).includes(id)),
        'a healthy task in place of each killed one',
        REPLACED_LIMIT,
      )
    })
  })

  test('a deployment replaces both tasks of each line, and costs no trade', async t => {
    await watch(t, async () => {
      const old = services.flatMap(idsOf)
      const names = services.map(service => system.cloud.ref(service))
      for (const service of names) {
        await ecs.send(new UpdateServiceCommand({ service, forceNewDeployment: true }))
      }
      await until(
        async () => {
          const described = await ecs.send(new DescribeServicesCommand({ services: names }))
          return (described.services ?? []).every(({ deployments = [] }) => {
            const [primary, ...others] = deployments
            return primary?.rolloutState === 'COMPLETED' && others.length === 0
          })
        },
        'the end of the deployment of each line',
        REPLACED_LIMIT,
      )
      assert.ok(areHealthy())
      assert.deepEqual(
        services.flatMap(idsOf).filter(id => old.includes(id)),
        [],
      )
    })
  })
})
