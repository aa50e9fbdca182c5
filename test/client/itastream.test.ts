import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import { type BoardEvent, connect, type Itastream, type Timing } from '../../client/itastream.ts'
import { ISSUES_PER_REQUEST } from '../../client/requests.ts'
import type { MarketEvent } from '../../market/event.ts'
import { MAX_ISSUES_PER_CONNECTION } from '../../market/protocol.ts'
import { type Fault, type Server, startServer } from './server.ts'
import { createTruth, STEP_FIELDS } from './truth.ts'

/** The client's own, hundreds of times faster. */
const TIMING: Timing = {
  backoff: { base: 1, cap: 8 },
  connectTimeout: 500,
  pingInterval: 60_000,
  pongTimeout: 2_000,
  answerTimeout: 40,
  retryPause: 2,
}
const ISSUES = ['7203', '6758', '130A']

describe('the client', () => {
  let server: Server
  let client: Itastream | undefined

  before(async () => {
    server = await startServer(createTruth())
  })
  after(() => server.close())
  beforeEach(() => {
    server.truth = createTruth()
    server.fault = () => 'none'
    server.refuse = false
    server.deaf = false
    server.unknownIssues.clear()
    server.requests.length = 0
    server.tokens.length = 0
  })
  afterEach(() => client?.close())

  function open(timing: Partial<Timing> = {}): Itastream {
    let tokens = 0
    client = connect({
      url: server.url,
      token: async () => `token-${++tokens}`,
      timing: { ...TIMING, ...timing },
    })
    return client
  }

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
          server.truth = createTruth()
          server.fault = () => faults.next().value
          const tested = open()
          const sequences = new Map<string, number>()
          const off = ISSUES.map(issue =>
            tested.subscribe(issue, ({ board }) => {
              assert.ok(board.sequence > (sequences.get(issue) ?? 0))
              sequences.set(issue, board.sequence)
            }),
          )
          for (const one of actions) {
            if (one === 'cut') server.cut()
            else if (one === 'pause') await wait(1)
            else {
              server.truth.step(one.issue, { fields: [[STEP_FIELDS[one.value]!, one.value]], traded: 100 })
              server.round()
            }
          }
          server.fault = () => 'none'
          for (const issue of ISSUES) server.truth.step(issue, { fields: [[STEP_FIELDS[0]!, 77]] })
          await until(() => {
            server.round()
            return ISSUES.every(issue => tested.board(issue)?.sequence === server.truth.tick(issue)?.sequence)
          })
          for (const issue of ISSUES) assert.deepEqual(tested.board(issue), server.truth.json(issue))
          for (const one of off) one()
          tested.close()
        },
      ),
      { numRuns: 30 },
    )
  })

  it('brings the whole board first, then differences with their trades', async () => {
    server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 5]] })
    const events: BoardEvent[] = []
    open().subscribe('7203', event => events.push(event))
    await until(() => events.length === 1)
    server.truth.step('7203', { fields: [[STEP_FIELDS[1]!, 6]], traded: 300 })
    server.truth.step('7203', { fields: [], traded: 200 })
    server.round()
    await until(() => events.length === 2)
    assert.deepEqual(
      events.map(event => [event.snapshot, event.trades.map(trade => trade.quantity)]),
      [
        [true, []],
        [false, [300, 200]],
      ],
    )
    assert.deepEqual(client?.board('7203'), server.truth.json('7203'))
  })

  it('takes a new token for every connection and goes on trying while it is refused', async () => {
    server.refuse = true
    const tested = open()
    const states: string[] = []
    tested.on('state', event => states.push(event.state))
    // Node's WebSocket repeats a request that is answered with 401 once by itself, with the same token.
    await until(() => new Set(server.tokens).size >= 3)
    assert.equal(tested.state, 'reconnecting')
    server.refuse = false
    await until(() => tested.state === 'connected')
    assert.deepEqual([...new Set(server.tokens)].slice(0, 3), ['token-1', 'token-2', 'token-3'])
    tested.close()
    assert.deepEqual(states, ['reconnecting', 'connected', 'closed'])
  })

  it('tries again when there is no token', async () => {
    let asked = 0
    const reasons: string[] = []
    client = connect({
      url: server.url,
      timing: TIMING,
      token: async () => {
        if (++asked === 1) throw new Error('the issuer is away')
        return 'late-token'
      },
    })
    client.on('state', event => reasons.push(event.reason))
    await until(() => client?.state === 'connected')
    assert.deepEqual(reasons, ['no token: the issuer is away', 'open'])
  })

  it('subscribes again after a break and shows what it missed as a snapshot', async () => {
    server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 5]] })
    const events: BoardEvent[] = []
    open().subscribe('7203', event => events.push(event))
    await until(() => events.length === 1)
    server.cut()
    server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 6]] })
    await until(() => events.length === 2)
    assert.deepEqual(events[1]?.board, server.truth.json('7203'))
    assert.equal(events[1]?.snapshot, true)
  })

  it('has at most one request an issue under way, however many differences do not fit', async () => {
    server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 1]] })
    const tested = open({ answerTimeout: 60_000 })
    tested.subscribe('7203', () => {})
    await until(() => tested.board('7203') !== undefined)
    const firstSequence = tested.board('7203')!.sequence
    server.fault = message =>
      message.type === 'snapshot' ? 'late' : message.type === 'updates' ? 'lost' : 'none'
    server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 2]] })
    server.round()
    server.fault = message => (message.type === 'snapshot' ? 'late' : 'none')
    for (let value = 0; value < 9; value++) {
      server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, value]] })
      server.round()
    }
    await until(() => server.requests.some(request => request.action === 'snapshot'))
    assert.equal(tested.board('7203')?.sequence, firstSequence)
    server.fault = () => 'none'
    server.event({ type: 'news', time: '2026-11-20T09:00:00.000000+09:00', headline: '', issues: [] })
    await until(() => tested.board('7203')?.sequence === server.truth.tick('7203')?.sequence)
    assert.equal(server.requests.filter(request => request.action === 'snapshot').length, 1)
  })

  it('shares a subscription between listeners and gives it back with the last of them', async () => {
    server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 5]] })
    const tested = open()
    const first = tested.subscribe('7203', () => {})
    await until(() => tested.board('7203') !== undefined)
    let known: BoardEvent | undefined
    const second = tested.subscribe('7203', event => {
      known = event
    })
    assert.deepEqual(known?.board, server.truth.json('7203'))
    first()
    first()
    await round(tested)
    assert.equal(server.requests.filter(request => request.action === 'unsubscribe').length, 0)
    second()
    await until(() => server.requests.some(request => request.action === 'unsubscribe'))
    assert.equal(tested.board('7203'), undefined)
    assert.equal(server.requests.filter(request => request.action === 'subscribe').length, 1)
  })

  it('asks for many issues in parts that an answer has room for, and for no more than a connection may hold', async () => {
    const tested = open()
    for (let n = 0; n < MAX_ISSUES_PER_CONNECTION; n++) tested.subscribe(String(1000 + n), () => {})
    assert.throws(() => tested.subscribe('9999', () => {}), RangeError)
    const parts = MAX_ISSUES_PER_CONNECTION / ISSUES_PER_REQUEST
    await until(() => server.requests.length === parts)
    assert.deepEqual(
      new Set(server.requests.map(one => ('issues' in one ? one.issues.length : 0))),
      new Set([20]),
    )
  })

  it('reports a refusal once and does not repeat what was refused', async () => {
    server.unknownIssues.add('1999')
    const tested = open()
    const errors: string[] = []
    tested.on('error', error => errors.push(error.code))
    tested.subscribe('1999', () => {})
    await until(() => errors.length === 1)
    await wait(TIMING.answerTimeout * 2)
    await round(tested)
    assert.deepEqual(errors, ['unknown-issue'])
  })

  it('holds the issues of a request that were not refused, and closes their gaps', async () => {
    server.unknownIssues.add('1999')
    server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 1]] })
    const tested = open()
    for (const issue of ['7203', '1999']) tested.subscribe(issue, () => {})
    await until(() => tested.board('7203') !== undefined)
    await missOneUpdate(tested)
    assert.deepEqual(
      server.requests.map(request => request.action),
      ['subscribe', 'snapshot'],
    )
  })

  it('subscribes again when the server has forgotten the subscription', async () => {
    server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 1]] })
    const tested = open()
    tested.subscribe('7203', () => {})
    await until(() => tested.board('7203') !== undefined)
    server.fault = message => {
      if (message.type === 'updates') server.forget()
      return 'none'
    }
    await missOneUpdate(tested)
    assert.deepEqual(
      server.requests.map(request => request.action),
      ['subscribe', 'snapshot', 'subscribe'],
    )
  })

  it('opens a new connection when the server does not know this one any more', async () => {
    server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 1]] })
    const tested = open()
    tested.subscribe('7203', () => {})
    await until(() => tested.board('7203') !== undefined)
    server.say('{"type":"error","code":"not-connected","message":"the connection is not there"}')
    await until(() => server.tokens.length === 2 && server.requests.length === 2)
    await until(() => tested.state === 'connected')
  })

  it('tells news, phases and line states, those at subscribe too', async () => {
    const tested = open()
    const seen: MarketEvent[] = []
    for (const name of ['news', 'phase', 'line'] as const) tested.on(name, event => seen.push(event))
    tested.subscribe('7203', () => {})
    await until(() => seen.length === 1)
    const time = '2026-11-20T09:10:00.000000+09:00'
    const line: MarketEvent = { type: 'line', line: 1, state: 'stale', since: time }
    const news: MarketEvent = { type: 'news', time, headline: '決算発表', issues: ['7203'] }
    server.event(line)
    server.event(news)
    await until(() => seen.length === 3)
    assert.deepEqual(seen, [...server.status, line, news])
  })

  it('leaves a connection that does not answer a ping', async () => {
    const tested = open({ pingInterval: 5, pongTimeout: 30 })
    await until(() => server.requests.filter(request => request.action === 'ping').length >= 3)
    assert.equal(server.tokens.length, 1)
    server.deaf = true
    const reasons: string[] = []
    tested.on('state', event => reasons.push(event.reason))
    await until(() => server.tokens.length >= 2)
    assert.equal(reasons[0], 'no answer to a ping')
  })

  it('survives what it cannot read', async () => {
    const tested = open()
    const errors: string[] = []
    tested.on('error', error => errors.push(error.code))
    tested.subscribe('7203', () => {})
    await until(() => server.requests.length === 1)
    server.say('{"message":"Internal server error","connectionId":"Q1a=","requestId":"Q1b="}')
    server.say('no JSON')
    server.event({ type: 'issues', line: 1, part: 0, issues: [] })
    await until(() => errors.length === 2)
    await round(tested)
    assert.equal(tested.state, 'connected')
    assert.deepEqual(errors, ['unreadable', 'unreadable'])
  })

  /** Loses an update on the way to the client, sends another, and waits until the client has the truth. */
  async function missOneUpdate(tested: Itastream): Promise<void> {
    const fault = server.fault
    server.fault = () => 'lost'
    server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 2]] })
    server.round()
    server.fault = fault
    server.truth.step('7203', { fields: [[STEP_FIELDS[1]!, 3]] })
    server.round()
    await until(() => tested.board('7203')?.sequence === server.truth.tick('7203')?.sequence)
    assert.deepEqual(tested.board('7203'), server.truth.json('7203'))
  }

  /** Waits until the server has answered a ping: all that was sent before has then been read. */
  async function round(tested: Itastream): Promise<void> {
    const pings = (): number => server.requests.filter(request => request.action === 'ping').length
    const before = pings()
    tested.check()
    await until(() => pings() > before)
  }
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(1)
}
