import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import type { BoardEvent, Itastream } from '../../client/itastream.ts'
import type { AppEvent } from '../../market/protocol.ts'
import { MAX_BOARDS_PER_CONNECTION } from '../../market/protocol.ts'
import { TIMING, until, useServer } from './client-harness.ts'
import { createTruth, STEP_FIELDS } from './client-truth.ts'
import type { Fault } from './test-connection.ts'

const ISSUES = ['7203', '6758', '130A']

describe('the client', () => {
  const harness = useServer()

  it('reaches the true boards after any lost, repeated and late messages and closed connections, and never goes back', async () => {
    const fault = fc.constantFrom<Fault>('none', 'none', 'lost', 'doubled', 'late')
    const action = fc.oneof(
      { weight: 6, arbitrary: fc.record({ issue: fc.constantFrom(...ISSUES), value: fc.nat({ max: 9 }) }) },
      { weight: 1, arbitrary: fc.constant('cut' as const) },
      { weight: 2, arbitrary: fc.constant('pause' as const) },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 25 }),
        fc.infiniteStream(fault),
        async (actions, faults) => {
          harness.server.truth = createTruth()
          harness.server.fault = () => faults.next().value
          const tested = harness.open()
          const sequences = new Map<string, number>()
          const off = ISSUES.map(issue =>
            tested.subscribe(issue, ({ board }) => {
              assert.ok(board.sequence > (sequences.get(issue) ?? 0))
              sequences.set(issue, board.sequence)
            }),
          )
          for (const one of actions) {
            if (one === 'cut') harness.server.terminate()
            else if (one === 'pause') await wait(1)
            else {
              harness.server.truth.step(one.issue, {
                fields: [[STEP_FIELDS[one.value]!, one.value]],
                traded: 100,
              })
              harness.server.sendRound()
            }
          }
          harness.server.fault = () => 'none'
          for (const issue of ISSUES) harness.server.truth.step(issue, { fields: [[STEP_FIELDS[0]!, 77]] })
          await until(() => {
            harness.server.sendRound()
            return ISSUES.every(
              issue => tested.board(issue)?.sequence === harness.server.truth.tick(issue)?.sequence,
            )
          }, 'the true boards')
          for (const issue of ISSUES) assert.deepEqual(tested.board(issue), harness.server.truth.json(issue))
          for (const unsubscribe of off) unsubscribe()
          tested.close()
        },
      ),
      { numRuns: 30 },
    )
  })

  it('knows the base price of an issue before its first board', async () => {
    harness.server.basePrices = { 7203: 2831.5 }
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 5]] })
    const tested = harness.open()
    let atFirstBoard: number | undefined
    let boards = 0
    tested.subscribe('7203', () => {
      boards++
      atFirstBoard = tested.basePrice('7203')
    })
    tested.subscribe('6758', () => {})
    assert.equal(tested.basePrice('7203'), undefined)
    await until(() => boards > 0, 'the first board')
    assert.equal(atFirstBoard, 2831.5)
    assert.equal(tested.basePrice('6758'), undefined)
  })

  it('has no base price after a new list of issues until it has subscribed again', async () => {
    const { server } = harness
    server.basePrices = { 7203: 2831.5 }
    server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 5]] })
    const tested = harness.open()
    const seen: [base: number | undefined, event: BoardEvent][] = []
    tested.subscribe('7203', event => seen.push([tested.basePrice('7203'), event]))
    await until(() => tested.basePrice('7203') === 2831.5, 'the base price')
    let atEvent: number | undefined = 0
    tested.on('issues', () => {
      atEvent = tested.basePrice('7203')
    })
    server.basePrices = { 7203: 2790, 6758: 3088 }
    server.sendEvent({ type: 'issues', line: 1, date: '2026-11-24', count: 1467 })
    await until(() => atEvent === undefined, 'the event')
    await until(() => tested.basePrice('7203') === 2790, 'the base price of the new list')
    // The board is quiet, and a listener gets it again to show the change.
    const board = tested.board('7203')!
    assert.deepEqual(seen, [
      [2831.5, { issue: '7203', board, trades: [], snapshot: true }],
      [2790, { issue: '7203', board, trades: [], snapshot: false }],
    ])
    assert.deepEqual(
      server.requests.map(({ action }) => action),
      ['subscribe', 'subscribe'],
    )
  })

  it('repeats a board that came before its base price, and no other', async () => {
    const { server } = harness
    server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 5]] })
    server.truth.step('6758', { fields: [[STEP_FIELDS[0]!, 5]] })
    const tested = harness.open()
    const seen: [issue: string, base: number | undefined][] = []
    tested.on('board', ({ issue }) => seen.push([issue, tested.basePrice(issue)]))
    const end = tested.subscribe('7203', () => {}, { view: 'quote' })
    await until(() => seen.length === 1, 'the first board')
    server.basePrices = { 7203: 2831.5, 6758: 3088 }
    // Another view is another subscription.
    tested.subscribe('7203', () => {}, { view: 'quote', trades: true })
    tested.subscribe('6758', () => {})
    await until(() => tested.basePrice('7203') !== undefined && seen.length >= 3, 'the base prices')
    assert.deepEqual(seen[0], ['7203', undefined])
    assert.deepEqual(seen.slice(1).toSorted(), [
      ['6758', 3088],
      ['7203', 2831.5],
    ])
    end()
  })

  it('delivers the whole board first, then differences with their trades', async () => {
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 5]] })
    const events: BoardEvent[] = []
    const tested = harness.open()
    tested.subscribe('7203', event => events.push(event))
    await until(() => events.length === 1, 'the first board')
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[1]!, 6]], traded: 300 })
    harness.server.truth.step('7203', { fields: [], traded: 200 })
    harness.server.sendRound()
    await until(() => events.length === 2, 'the difference')
    assert.deepEqual(
      events.map(event => [event.snapshot, event.trades.map(trade => trade.quantity)]),
      [
        [true, []],
        [false, [300, 200]],
      ],
    )
    assert.deepEqual(tested.board('7203'), harness.server.truth.json('7203'))
  })

  it('has at most one pending request an issue, for any number of differences after a gap', async () => {
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 1]] })
    const tested = harness.open({ timing: { answerTimeout: 60_000 } })
    tested.subscribe('7203', () => {})
    await until(() => tested.board('7203') !== undefined, 'a board of 7203')
    const firstSequence = tested.board('7203')!.sequence
    harness.server.fault = message =>
      message.type === 'snapshot' ? 'late' : message.type === 'updates' ? 'lost' : 'none'
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 2]] })
    harness.server.sendRound()
    harness.server.fault = message => (message.type === 'snapshot' ? 'late' : 'none')
    for (let value = 0; value < 9; value++) {
      harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, value]] })
      harness.server.sendRound()
    }
    await until(
      () => harness.server.requests.some(request => request.action === 'snapshot'),
      'a request for a snapshot',
    )
    assert.equal(tested.board('7203')?.sequence, firstSequence)
    harness.server.fault = () => 'none'
    harness.server.sendEvent({
      type: 'news',
      time: '2026-11-20T09:00:00.000000+09:00',
      headline: '',
      issues: [],
    })
    await until(
      () => tested.board('7203')?.sequence === harness.server.truth.tick('7203')?.sequence,
      'the latest board of 7203',
    )
    assert.equal(harness.server.requests.filter(request => request.action === 'snapshot').length, 1)
  })

  it('shares a subscription between listeners and unsubscribes with the last one', async () => {
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 5]] })
    const tested = harness.open()
    const first = tested.subscribe('7203', () => {})
    await until(() => tested.board('7203') !== undefined, 'a board of 7203')
    let latest: BoardEvent | undefined
    const second = tested.subscribe('7203', event => {
      latest = event
    })
    assert.deepEqual(latest?.board, harness.server.truth.json('7203'))
    first()
    first()
    await pingOnce(tested)
    assert.equal(harness.server.requests.filter(request => request.action === 'unsubscribe').length, 0)
    second()
    await until(
      () => harness.server.requests.some(request => request.action === 'unsubscribe'),
      'a request to unsubscribe',
    )
    assert.equal(tested.board('7203'), undefined)
    assert.equal(harness.server.requests.filter(request => request.action === 'subscribe').length, 1)
  })

  it('requests all issues with one message, and refuses more issues than a connection may hold', async () => {
    const tested = harness.open()
    for (let n = 0; n < MAX_BOARDS_PER_CONNECTION; n++) tested.subscribe(String(1000 + n), () => {})
    assert.throws(() => tested.subscribe('9999', () => {}), RangeError)
    await until(() => harness.server.requests.length > 0, 'a request')
    await pingOnce(tested)
    assert.deepEqual(
      harness.server.requests.map(one => ('issues' in one ? one.issues.length : one.action)),
      [200, 'ping'],
    )
  })

  it('reports a refusal once and does not repeat the request', async () => {
    harness.server.unknownIssues.add('1999')
    const tested = harness.open()
    const errors: string[] = []
    tested.on('error', error => errors.push(error.code))
    tested.subscribe('1999', () => {})
    await until(() => errors.length === 1, 'an error')
    await wait(TIMING.answerTimeout * 2)
    await pingOnce(tested)
    assert.deepEqual(errors, ['unknown-issue'])
  })

  it('keeps the accepted issues of a partly refused request, and closes their gaps', async () => {
    harness.server.unknownIssues.add('1999')
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 1]] })
    const tested = harness.open()
    for (const issue of ['7203', '1999']) tested.subscribe(issue, () => {})
    await until(() => tested.board('7203') !== undefined, 'a board of 7203')
    await missOneUpdate(tested)
    assert.deepEqual(
      harness.server.requests.map(request => request.action),
      ['subscribe', 'snapshot'],
    )
  })

  it('subscribes again when the server has lost the subscription', async () => {
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 1]] })
    const tested = harness.open()
    tested.subscribe('7203', () => {})
    await until(() => tested.board('7203') !== undefined, 'a board of 7203')
    harness.server.fault = message => {
      if (message.type === 'updates') harness.server.deleteSubscriptions()
      return 'none'
    }
    await missOneUpdate(tested)
    assert.deepEqual(
      harness.server.requests.map(request => request.action),
      ['subscribe', 'snapshot', 'subscribe'],
    )
  })

  it('reports news, phases, line states and new lists of issues, and the status in the answer to a subscription', async () => {
    const tested = harness.open()
    const seen: AppEvent[] = []
    for (const name of ['news', 'phase', 'line', 'issues'] as const)
      tested.on(name, event => seen.push(event))
    tested.subscribe('7203', () => {})
    await until(() => seen.length === 1, 'the phase in the answer')
    const time = '2026-11-20T09:10:00.000000+09:00'
    const line: AppEvent = { type: 'line', line: 1, state: 'stale', since: time }
    const news: AppEvent = { type: 'news', time, headline: '決算発表', issues: ['7203'] }
    const list: AppEvent = { type: 'issues', line: 1, date: '2026-11-20', count: 1467 }
    harness.server.sendEvent(line)
    harness.server.sendEvent(news)
    harness.server.sendEvent(list)
    await until(() => seen.length === 4, 'three events')
    assert.deepEqual(seen, [...harness.server.status, line, news, list])
  })

  it('keeps the connection after unreadable messages', async () => {
    const tested = harness.open()
    const errors: string[] = []
    tested.on('error', error => errors.push(error.code))
    tested.subscribe('7203', () => {})
    await until(() => harness.server.requests.length === 1, 'a subscription')
    harness.server.sendText('{"message":"Internal server error","connectionId":"Q1a=","requestId":"Q1b="}')
    harness.server.sendText('no JSON')
    await until(() => errors.length === 2, 'two errors')
    await pingOnce(tested)
    assert.equal(tested.state, 'connected')
    assert.deepEqual(errors, ['unreadable', 'unreadable'])
  })

  /** Loses an update on the way to the client, sends another update, and waits until the client has the true board. */
  async function missOneUpdate(tested: Itastream): Promise<void> {
    const fault = harness.server.fault
    harness.server.fault = () => 'lost'
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 2]] })
    harness.server.sendRound()
    harness.server.fault = fault
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[1]!, 3]] })
    harness.server.sendRound()
    await until(
      () => tested.board('7203')?.sequence === harness.server.truth.tick('7203')?.sequence,
      'the latest board of 7203',
    )
    assert.deepEqual(tested.board('7203'), harness.server.truth.json('7203'))
  }

  /** Waits until the server got a ping. The client has then read all earlier messages. */
  async function pingOnce(tested: Itastream): Promise<void> {
    const pings = (): number => harness.server.requests.filter(request => request.action === 'ping').length
    const before = pings()
    tested.check()
    await until(() => pings() > before, 'a ping')
  }
})
