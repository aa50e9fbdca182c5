import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import type { BoardEvent, Itastream } from '../../client/itastream.ts'
import { ISSUES_PER_REQUEST } from '../../client/request-state.ts'
import type { AppEvent } from '../../market/protocol.ts'
import { MAX_ISSUES_PER_CONNECTION } from '../../market/protocol.ts'
import { createTruth, STEP_FIELDS } from './client-truth.ts'
import { TIMING, until, useServer } from './harness.ts'
import type { Fault } from './test-gateway.ts'

const ISSUES = ['7203', '6758', '130A']

describe('the client', () => {
  const harness = useServer()

  it('ends at the truth whatever is lost, doubled, late or cut, and never goes back', async () => {
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
            if (one === 'cut') harness.server.cut()
            else if (one === 'pause') await wait(1)
            else {
              harness.server.truth.step(one.issue, {
                fields: [[STEP_FIELDS[one.value]!, one.value]],
                traded: 100,
              })
              harness.server.round()
            }
          }
          harness.server.fault = () => 'none'
          for (const issue of ISSUES) harness.server.truth.step(issue, { fields: [[STEP_FIELDS[0]!, 77]] })
          await until(() => {
            harness.server.round()
            return ISSUES.every(
              issue => tested.board(issue)?.sequence === harness.server.truth.tick(issue)?.sequence,
            )
          })
          for (const issue of ISSUES) assert.deepEqual(tested.board(issue), harness.server.truth.json(issue))
          for (const one of off) one()
          tested.close()
        },
      ),
      { numRuns: 30 },
    )
  })

  it('brings the whole board first, then differences with their trades', async () => {
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 5]] })
    const events: BoardEvent[] = []
    const tested = harness.open()
    tested.subscribe('7203', event => events.push(event))
    await until(() => events.length === 1)
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[1]!, 6]], traded: 300 })
    harness.server.truth.step('7203', { fields: [], traded: 200 })
    harness.server.round()
    await until(() => events.length === 2)
    assert.deepEqual(
      events.map(event => [event.snapshot, event.trades.map(trade => trade.quantity)]),
      [
        [true, []],
        [false, [300, 200]],
      ],
    )
    assert.deepEqual(tested.board('7203'), harness.server.truth.json('7203'))
  })

  it('has at most one request an issue under way, however many differences do not fit', async () => {
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 1]] })
    const tested = harness.open({ timing: { answerTimeout: 60_000 } })
    tested.subscribe('7203', () => {})
    await until(() => tested.board('7203') !== undefined)
    const firstSequence = tested.board('7203')!.sequence
    harness.server.fault = message =>
      message.type === 'snapshot' ? 'late' : message.type === 'updates' ? 'lost' : 'none'
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 2]] })
    harness.server.round()
    harness.server.fault = message => (message.type === 'snapshot' ? 'late' : 'none')
    for (let value = 0; value < 9; value++) {
      harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, value]] })
      harness.server.round()
    }
    await until(() => harness.server.requests.some(request => request.action === 'snapshot'))
    assert.equal(tested.board('7203')?.sequence, firstSequence)
    harness.server.fault = () => 'none'
    harness.server.event({ type: 'news', time: '2026-11-20T09:00:00.000000+09:00', headline: '', issues: [] })
    await until(() => tested.board('7203')?.sequence === harness.server.truth.tick('7203')?.sequence)
    assert.equal(harness.server.requests.filter(request => request.action === 'snapshot').length, 1)
  })

  it('shares a subscription between listeners and gives it back with the last of them', async () => {
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 5]] })
    const tested = harness.open()
    const first = tested.subscribe('7203', () => {})
    await until(() => tested.board('7203') !== undefined)
    let known: BoardEvent | undefined
    const second = tested.subscribe('7203', event => {
      known = event
    })
    assert.deepEqual(known?.board, harness.server.truth.json('7203'))
    first()
    first()
    await round(tested)
    assert.equal(harness.server.requests.filter(request => request.action === 'unsubscribe').length, 0)
    second()
    await until(() => harness.server.requests.some(request => request.action === 'unsubscribe'))
    assert.equal(tested.board('7203'), undefined)
    assert.equal(harness.server.requests.filter(request => request.action === 'subscribe').length, 1)
  })

  it('asks for many issues in parts that an answer has room for, and for no more than a connection may hold', async () => {
    const tested = harness.open()
    for (let n = 0; n < MAX_ISSUES_PER_CONNECTION; n++) tested.subscribe(String(1000 + n), () => {})
    assert.throws(() => tested.subscribe('9999', () => {}), RangeError)
    const parts = MAX_ISSUES_PER_CONNECTION / ISSUES_PER_REQUEST
    await until(() => harness.server.requests.length === parts)
    assert.deepEqual(
      new Set(harness.server.requests.map(one => ('issues' in one ? one.issues.length : 0))),
      new Set([20]),
    )
  })

  it('reports a refusal once and does not repeat what was refused', async () => {
    harness.server.unknownIssues.add('1999')
    const tested = harness.open()
    const errors: string[] = []
    tested.on('error', error => errors.push(error.code))
    tested.subscribe('1999', () => {})
    await until(() => errors.length === 1)
    await wait(TIMING.answerTimeout * 2)
    await round(tested)
    assert.deepEqual(errors, ['unknown-issue'])
  })

  it('holds the issues of a request that were not refused, and closes their gaps', async () => {
    harness.server.unknownIssues.add('1999')
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 1]] })
    const tested = harness.open()
    for (const issue of ['7203', '1999']) tested.subscribe(issue, () => {})
    await until(() => tested.board('7203') !== undefined)
    await missOneUpdate(tested)
    assert.deepEqual(
      harness.server.requests.map(request => request.action),
      ['subscribe', 'snapshot'],
    )
  })

  it('subscribes again when the server has forgotten the subscription', async () => {
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 1]] })
    const tested = harness.open()
    tested.subscribe('7203', () => {})
    await until(() => tested.board('7203') !== undefined)
    harness.server.fault = message => {
      if (message.type === 'updates') harness.server.forget()
      return 'none'
    }
    await missOneUpdate(tested)
    assert.deepEqual(
      harness.server.requests.map(request => request.action),
      ['subscribe', 'snapshot', 'subscribe'],
    )
  })

  it('tells news, phases, line states and new lists of issues, those at subscribe too', async () => {
    const tested = harness.open()
    const seen: AppEvent[] = []
    for (const name of ['news', 'phase', 'line', 'issues'] as const)
      tested.on(name, event => seen.push(event))
    tested.subscribe('7203', () => {})
    await until(() => seen.length === 1)
    const time = '2026-11-20T09:10:00.000000+09:00'
    const line: AppEvent = { type: 'line', line: 1, state: 'stale', since: time }
    const news: AppEvent = { type: 'news', time, headline: '決算発表', issues: ['7203'] }
    const list: AppEvent = { type: 'issues', line: 1, date: '2026-11-20', count: 1467 }
    harness.server.event(line)
    harness.server.event(news)
    harness.server.event(list)
    await until(() => seen.length === 4)
    assert.deepEqual(seen, [...harness.server.status, line, news, list])
  })

  it('survives what it cannot read', async () => {
    const tested = harness.open()
    const errors: string[] = []
    tested.on('error', error => errors.push(error.code))
    tested.subscribe('7203', () => {})
    await until(() => harness.server.requests.length === 1)
    harness.server.say('{"message":"Internal server error","connectionId":"Q1a=","requestId":"Q1b="}')
    harness.server.say('no JSON')
    await until(() => errors.length === 2)
    await round(tested)
    assert.equal(tested.state, 'connected')
    assert.deepEqual(errors, ['unreadable', 'unreadable'])
  })

  /** Loses an update on the way to the client, sends another, and waits until the client has the truth. */
  async function missOneUpdate(tested: Itastream): Promise<void> {
    const fault = harness.server.fault
    harness.server.fault = () => 'lost'
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 2]] })
    harness.server.round()
    harness.server.fault = fault
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[1]!, 3]] })
    harness.server.round()
    await until(() => tested.board('7203')?.sequence === harness.server.truth.tick('7203')?.sequence)
    assert.deepEqual(tested.board('7203'), harness.server.truth.json('7203'))
  }

  /** Waits until the server has answered a ping: all that was sent before has then been read. */
  async function round(tested: Itastream): Promise<void> {
    const pings = (): number => harness.server.requests.filter(request => request.action === 'ping').length
    const before = pings()
    tested.check()
    await until(() => pings() > before)
  }
})
