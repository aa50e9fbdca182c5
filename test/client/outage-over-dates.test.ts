/** An app whose connection is lost on one trading date and comes back on a later one, over real connections. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it, mock } from 'node:test'
import type { BoardEvent, Timing } from '../../client/itastream.ts'
import type { Phase } from '../../market/market-event.ts'
import { asTradingDate } from '../../market/units.ts'
import { until, useServer } from './client-harness.ts'
import { createTruth, type Truth } from './client-truth.ts'
import { step } from './collected-trades.ts'
import { type HistoryServer, startHistoryServer } from './history-server.ts'

const SLEEP_MS = 90 * 3_600_000
/** The age at which connections are replaced: longer than the steps of Friday take. */
const HAND_OVER_MS = 1_000

/** A Tuesday. November 23 is a holiday, which the client does not know. */
const TUESDAY = asTradingDate(20261124)

interface Sleep {
  /** The last phase that the app sees on Friday. */
  readonly seenPhase?: Phase
  /** Ends the sleep. */
  readonly wake?: () => void
  readonly timing?: Partial<Timing>
}

describe('an app that comes back on a later date', () => {
  const harness = useServer()
  let history: HistoryServer
  before(async () => {
    history = await startHistoryServer(createTruth())
  })
  after(() => history.close())
  beforeEach(() => {
    history.requests.length = 0
  })

  /** Sees the first two trades of Friday, then nothing until two trades of Tuesday. */
  async function sleepFromFridayToTuesday(
    missed: number,
    { seenPhase, wake = () => harness.server.terminate(), timing = {} }: Sleep = {},
  ) {
    const { server } = harness
    const friday = server.truth
    const tuesday = createTruth(TUESDAY)
    const both: Truth = {
      ...tuesday,
      trades: issue => [...friday.trades(issue), ...tuesday.trades(issue)],
    }
    history.truth = both
    step(friday, '7203', 1, 100)
    const client = harness.open({ history: history.address, timing: { answerTimeout: 50, ...timing } })
    const events: BoardEvent[] = []
    client.subscribe('7203', event => events.push(event))
    await until(() => events.length === 1, 'the first board')
    step(friday, '7203', 2, 100)
    server.sendRound()
    await until(() => events.length === 2, 'the first update')
    if (seenPhase !== undefined) {
      let phase: Phase | undefined
      client.on('phase', event => {
        phase = event.phase
      })
      const time = '2026-11-20T16:30:00.000000+09:00'
      server.sendEvent({ type: 'phase', time, phase: seenPhase })
      await until(() => phase === seenPhase, 'the phase')
    }
    for (let index = 0; index < missed; index++) step(friday, '7203', 3 + index, 100)
    server.truth = tuesday
    // The server knows no trade from before the new connection.
    server.journal = undefined
    for (const value of [8, 9]) step(tuesday, '7203', value, 100)
    wake()
    const names = (): string[] =>
      events.flatMap(({ trades }) => trades.map(({ time, sequence }) => `${time.slice(0, 10)} ${sequence}`))
    await until(() => names().at(-1) === '2026-11-24 2', 'the trades of Tuesday')
    assert.ok(!events.some(({ lost }) => lost))
    return names()
  }

  const dates = (): (string | undefined)[] =>
    history.requests.map(request => /from=([\d-]{10})[^&]*&to=\1T23:59:59\.999999/.exec(request)?.[1])

  it('reads the rest of the earlier date from the history, and each weekday after it', async () => {
    const names = await sleepFromFridayToTuesday(2)
    const friday = [2, 3, 4].map(sequence => `2026-11-20 ${sequence}`)
    assert.deepEqual(names, [...friday, '2026-11-24 1', '2026-11-24 2'])
    assert.deepEqual(dates(), ['2026-11-20', '2026-11-23', undefined])
  })

  it('reads nothing of the earlier date if it saw the close', async () => {
    const names = await sleepFromFridayToTuesday(0, { seenPhase: 'closed' })
    assert.deepEqual(names, ['2026-11-20 2', '2026-11-24 1', '2026-11-24 2'])
    assert.deepEqual(dates(), ['2026-11-23', undefined])
  })

  it('reads the rest of the earlier date if its connection died in a sleep, and looks open until the next one delivers', async t => {
    t.after(() => mock.timers.reset())
    const names = await sleepFromFridayToTuesday(2, {
      wake() {
        // The machine wakes long after the time to replace the connection.
        mock.timers.enable({ apis: ['Date'], now: Date.now() + SLEEP_MS })
      },
      timing: { handOver: { from: HAND_OVER_MS, to: HAND_OVER_MS } },
    })
    assert.deepEqual(names.slice(0, 3), ['2026-11-20 2', '2026-11-20 3', '2026-11-20 4'])
    assert.deepEqual(dates().slice(0, 2), ['2026-11-20', '2026-11-23'])
  })

  it('reads the rest of the earlier date if it saw the afternoon only', async () => {
    await sleepFromFridayToTuesday(1, { seenPhase: 'afternoon' })
    assert.deepEqual(dates(), ['2026-11-20', '2026-11-23', undefined])
  })
})
