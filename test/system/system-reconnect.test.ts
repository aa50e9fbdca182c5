/** What an app gets from the real processes while its connections are replaced, cut, and away for seconds. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BoardEvent, type ConnectionState, connect, DEFAULT_TIMING } from '../../client/itastream.ts'
import { type SyntheticSource, syntheticMarket } from '../../local/local-market.ts'
import { type System, startSystem } from '../../local/system.ts'
import { momentOf } from '../../market/moment.ts'
import { asTradingDate } from '../../market/units.ts'
import { until } from '../until.ts'
import { assertTrue } from './assertions.ts'
import { type CuttableProxy, openProxy } from './cuttable-proxy.ts'
import { tellTruth } from './system-truth.ts'

/** Hand-overs that the app sees before its connections are cut. */
const HAND_OVERS = 3
/** How long the network is away, ms. */
const OUTAGE_MS = 4_000
/** Limit for a connection and the answers to it on a busy machine, ms. */
const LIMIT_MS = 120_000

suite('an app of the whole system', () => {
  let system: System<SyntheticSource>
  let proxy: CuttableProxy
  before(async () => {
    system = await startSystem({
      market: syntheticMarket({
        issues: 20,
        rate: 200,
        seed: 5,
        speed: 1,
        tradingDate: asTradingDate(20261120),
        live: 9.5 * 3_600_000_000,
      }),
      ports: { web: 0, websocket: 0, http: 0, issuer: 0 },
      progress: () => {},
      log: () => {},
    })
    await sleep(system.time.liveAt - Date.now() + 1_000)
    proxy = await openProxy(system.cloud.websocketUrl)
  })
  after(async () => {
    await proxy.close()
    await system.close()
  })

  test('gets every trade once, in order, and only true boards', async t => {
    const client = connect({
      url: proxy.url,
      token: () => system.issuer.token('ken'),
      history: `${system.cloud.httpUrl}/v1/realtime`,
      timing: { ...DEFAULT_TIMING, connectTimeout: LIMIT_MS, handOver: { from: 2_000, to: 4_000 } },
    })
    t.after(client.close)
    const events = new Map<string, BoardEvent[]>(system.issues.map(({ code }) => [code, []]))
    const states: ConnectionState[] = []
    client.on('state', ({ state }) => states.push(state))
    for (const [issue, list] of events) client.subscribe(issue, event => list.push(event))
    const wait = (condition: () => boolean, what: string) => until(condition, what, { limitMs: LIMIT_MS })
    await wait(() => [...events.values()].every(list => list.length > 0), 'the first boards')
    // On a busy machine the first attempts may fail.
    assert.equal(states.at(-1), 'connected')
    states.length = 0
    const before = proxy.count
    await wait(() => proxy.count >= before + HAND_OVERS, `${HAND_OVERS} hand-overs`)
    assert.deepEqual(states, [])

    proxy.isDown = true
    proxy.cut()
    await sleep(OUTAGE_MS)
    proxy.isDown = false
    const back = proxy.count
    await wait(() => proxy.count > back && client.staleSince === undefined, 'a connection with its boards')
    const end = system.clock.now() - momentOf(system.time.tradingDate, 0)
    const truth = tellTruth(system.source.exchange, end)
    const last = (issue: string): number => truth.ticksOf(issue).at(-1)?.sequence ?? 0
    await wait(
      () => [...events.keys()].every(issue => (client.board(issue)?.sequence ?? 0) >= last(issue)),
      'the boards of the end',
    )
    let count = 0
    for (const [issue, list] of events) {
      const boards = list.map(({ board }) => board).filter(({ sequence }) => sequence <= last(issue))
      assertTrue(truth, boards)
      // The trades start with the first update, after the answer to the subscription.
      const first = (list[1] ?? list[0]!).board.sequence
      const got = list.slice(2).flatMap(({ trades }) => trades.map(({ sequence }) => sequence))
      const traded = truth.ticksOf(issue).filter(({ trade }) => trade !== undefined)
      const wanted = traded.map(({ sequence }) => sequence).filter(sequence => sequence > first)
      assert.deepEqual(
        got.filter(sequence => sequence <= last(issue)),
        wanted,
        `trades of ${issue}`,
      )
      assert.deepEqual(
        list.filter(({ lost }) => lost),
        [],
        `lost trades of ${issue}`,
      )
      count += got.length
    }
    assert.ok(count > 100, `expected some hundred trades, got ${count}`)
  })
})
