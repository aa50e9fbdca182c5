import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { createHistoryReader } from '../../client/history-reader.ts'
import type { TradePiece } from '../../client/trade-day.ts'
import { momentFromIso } from '../../market/moment.ts'
import { until } from './client-harness.ts'
import { createTruth } from './client-truth.ts'
import { step } from './collected-trades.ts'
import { type HistoryServer, startHistoryServer } from './history-server.ts'

/** More requests than a page may have that is refused for good. */
const MANY_REQUESTS = 8
const DATE = '2026-11-20'
const TIMING = { pause: 2, limit: 10_000 }
const token = async (): Promise<string> => 'token'

suite('the reader of missed trades', () => {
  let history: HistoryServer
  before(async () => {
    history = await startHistoryServer(createTruth())
  })
  after(() => history.close())
  beforeEach(() => {
    const truth = createTruth()
    for (const tick of [1, 2, 3]) step(truth, '7203', tick, 100)
    history.truth = truth
    history.refuses = undefined
    history.requests.length = 0
  })

  /** Reads the second and the third trade. */
  function read(
    options: Partial<Parameters<typeof createHistoryReader>[0]> = {},
    isWanted: () => boolean = () => true,
    isPast = false,
  ): Promise<TradePiece | undefined> {
    const reader = createHistoryReader({
      ...{ address: history.address, token, ...TIMING, isOnline: () => true },
      ...options,
    })
    const [first, , third] = history.truth.trades('7203')
    const place = { date: DATE, sequence: first!.sequence, time: momentFromIso(first!.time)! }
    return reader(
      '7203',
      { after: place, upTo: third!.sequence, end: momentFromIso(third!.time)!, isPast },
      isWanted,
    )
  }

  const sequencesOf = (piece: TradePiece | undefined) => piece?.trades.map(({ sequence }) => sequence)

  for (const status of [401, 408, 429, 503])
    test(`goes on after many answers with status ${status}, which passes`, async () => {
      history.refuses = status
      const piece = read()
      await until(() => history.requests.length > MANY_REQUESTS, 'many requests')
      history.refuses = undefined
      assert.deepEqual(sequencesOf(await piece), [2, 3])
    })

  test('goes on after many failures of the network', async () => {
    let failures = 0
    const failing = async (): Promise<string> => {
      if (failures === MANY_REQUESTS) return 'token'
      failures++
      throw new TypeError('fetch failed')
    }
    assert.deepEqual(sequencesOf(await read({ token: failing })), [2, 3])
    assert.equal(failures, MANY_REQUESTS)
  })

  test('names the end of a hole of an earlier date, because the API answers for the latest date without it', async () => {
    assert.deepEqual(sequencesOf(await read({}, undefined, true)), [2, 3])
    assert.match(
      history.requests[0]!,
      /from=2026-11-20T09:31:00\.010000\+09:00&to=2026-11-20T09:31:00\.030000\+09:00$/,
    )
  })

  test('takes an address with a slash at its end', async () => {
    await read({ address: `${history.address}/` })
    assert.match(history.requests[0]!, /^\/v1\/realtime\/trades\/7203\?/)
  })

  test('gives up after five refusals that do not pass', async () => {
    history.refuses = 403
    assert.equal(await read(), undefined)
    assert.equal(history.requests.length, 5)
  })

  test('gives up at the limit of time, whatever passes', async () => {
    history.refuses = 503
    assert.equal(await read({ limit: 20 }), undefined)
  })

  test('neither requests nor counts time while there is no connection', async () => {
    let isOnline = false
    const limit = 1_000
    const piece = read({ limit, isOnline: () => isOnline })
    await new Promise(resolve => setTimeout(resolve, limit + 100))
    assert.equal(history.requests.length, 0)
    isOnline = true
    assert.deepEqual(sequencesOf(await piece), [2, 3])
  })

  test('ends when nobody needs the trades any more, also without a connection', async () => {
    let isNeeded = true
    const piece = read({ isOnline: () => false }, () => isNeeded)
    isNeeded = false
    assert.equal(await piece, undefined)
  })
})
