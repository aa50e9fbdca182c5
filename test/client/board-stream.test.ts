/** Boards as an async iterable, over real connections. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type BoardEvent, IssuesRefused } from '../../client/itastream.ts'
import { until, useServer } from './client-harness.ts'
import { STEP_FIELDS } from './client-truth.ts'

describe('client.boards', () => {
  const harness = useServer()
  const trade = (issue: string, quantity: number): void => {
    harness.server.truth.step(issue, { fields: [[STEP_FIELDS[0]!, quantity]], traded: quantity })
  }
  const requested = (action: string): boolean =>
    harness.server.requests.some(request => request.action === action)

  it('gives the boards of its issues, and unsubscribes at the end of the loop', async () => {
    for (const issue of ['7203', '6758']) trade(issue, 100)
    const client = harness.open()
    const seen: string[] = []
    for await (const { issue, board } of client.boards(['7203', '6758', '7203'])) {
      assert.deepEqual(board, harness.server.truth.json(issue))
      seen.push(issue)
      if (seen.length === 2) break
    }
    assert.deepEqual(seen, ['7203', '6758'])
    await until(() => requested('unsubscribe'), 'a request to unsubscribe')
    assert.deepEqual(client.board('7203'), undefined)
  })

  it('joins the events of an issue while the loop is busy, and loses no trade', async () => {
    trade('7203', 100)
    trade('6758', 100)
    const client = harness.open()
    const events: BoardEvent[] = []
    for await (const event of client.boards(['7203', '6758'])) {
      events.push(event)
      if (events.length === 2) {
        for (const quantity of [200, 300, 400]) {
          trade('7203', quantity)
          harness.server.sendRound()
        }
        trade('6758', 500)
        harness.server.sendRound()
        const last = harness.server.truth.tick('6758')!.sequence
        await until(() => client.board('6758')?.sequence === last, 'the last board')
      }
      if (events.length === 4) break
    }
    assert.deepEqual(
      events.slice(2).map(({ issue, trades }) => [issue, trades.map(({ quantity }) => quantity)]),
      [
        ['7203', [200, 300, 400]],
        ['6758', [500]],
      ],
    )
    assert.deepEqual(events[2]?.board, harness.server.truth.json('7203'))
  })

  it('ends after the waiting boards when the client is closed, and at once for a closed client', async () => {
    trade('7203', 100)
    const client = harness.open()
    const iterator = client.boards(['7203'])[Symbol.asyncIterator]()
    await until(() => client.board('7203') !== undefined, 'a board')
    const next = iterator.next()
    client.close()
    assert.equal((await next).value.issue, '7203')
    assert.deepEqual(await iterator.next(), { done: true, value: undefined })
    for await (const event of client.boards(['7203'])) assert.fail(`expected no board, got ${event.issue}`)
  })

  it('ends a loop that waits when the client is closed', async () => {
    const client = harness.open()
    const iterator = client.boards(['7203'])[Symbol.asyncIterator]()
    const waiting = [iterator.next(), iterator.next()]
    await until(() => requested('subscribe'), 'a subscription')
    client.close()
    assert.deepEqual(await Promise.all(waiting), [
      { done: true, value: undefined },
      { done: true, value: undefined },
    ])
  })

  it('throws when the server refuses one of its issues', async () => {
    harness.server.unknownIssues.add('1999')
    trade('7203', 100)
    const client = harness.open()
    client.subscribe('6758', () => {})
    const loop = (async () => {
      for await (const _ of client.boards(['7203', '1999']));
    })()
    await assert.rejects(loop, error => {
      assert.ok(error instanceof IssuesRefused)
      assert.deepEqual([error.code, error.issues], ['unknown-issue', ['1999']])
      return true
    })
    await until(() => requested('unsubscribe'), 'a request to unsubscribe')
  })

  it('throws for more issues than a connection may hold and for no issue code, and keeps no subscription', async () => {
    const client = harness.open()
    const issues = Array.from({ length: 201 }, (_, n) => String(1000 + n))
    assert.throws(() => client.boards(issues)[Symbol.asyncIterator](), RangeError)
    assert.throws(() => client.boards(['6758', '7203.T'])[Symbol.asyncIterator](), RangeError)
    client.subscribe('7203', () => {})
    await until(() => requested('subscribe'), 'a subscription')
    assert.deepEqual(harness.server.requests, [{ action: 'subscribe', issues: ['7203'], id: 1 }])
  })
})
