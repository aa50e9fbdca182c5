import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MAX_WAITING_CHARACTERS } from '../../client/inbox.ts'
import { compressed } from '../compressed-text.ts'
import { CLIENT, until, useServer } from './client-harness.ts'
import { STEP_FIELDS } from './client-truth.ts'

const newsText = (headline: string): string =>
  JSON.stringify({
    type: 'updates',
    updates: [],
    events: [{ type: 'news', time: '2026-11-20T09:00:00.000000+09:00', headline, issues: [] }],
  })

describe('compressed updates', () => {
  const harness = useServer()

  it('are requested unless the app turns them off', async () => {
    const { server } = harness
    harness.open()
    await until(() => server.paths.length === 1, 'a connection')
    harness.open({ compression: false, pace: 1_000 })
    await until(() => server.paths.length === 2, 'another connection')
    assert.deepEqual(server.paths, [`/live?encoding=deflate-1&${CLIENT}`, `/live?pace=1000&${CLIENT}`])
  })

  it('are the updates of an app without compression', async () => {
    const { server } = harness
    const issues = Array.from({ length: 20 }, (_, index) => String(7_200 + index))
    for (const issue of issues) server.truth.step(issue, { fields: [[STEP_FIELDS[0]!, 1]] })
    const [apps, trades] = [
      [harness.open(), harness.open({ compression: false })],
      [0, 0],
    ]
    for (const [index, app] of apps.entries())
      for (const issue of issues)
        app.subscribe(issue, event => {
          trades[index] = trades[index]! + event.trades.length
        })
    const haveBoards = (): boolean =>
      apps.every(app =>
        issues.every(issue => app.board(issue)?.sequence === server.truth.tick(issue)?.sequence),
      )
    await until(haveBoards, 'the first boards')
    for (let round = 0; round < 10; round++) {
      for (const issue of issues)
        server.truth.step(issue, { fields: [[STEP_FIELDS[1]!, round]], traded: 100 })
      server.sendRound()
    }
    await until(haveBoards, 'the last boards')
    for (const issue of issues) assert.deepEqual(apps[0]?.board(issue), apps[1]?.board(issue))
    assert.deepEqual([trades, server.compressed], [[200, 200], 10])
  })

  it('come in order with plain messages', async () => {
    const { server } = harness
    const tested = harness.open()
    const headlines: string[] = []
    tested.on('news', ({ headline }) => headlines.push(headline))
    await until(() => tested.state === 'connected', 'an open connection')
    const expected = Array.from(
      { length: 100 },
      (_, index) => `${index}${'見'.repeat((index * 7_919) % 9_000)}`,
    )
    for (const [index, headline] of expected.entries())
      server.sendText(index % 3 === 0 ? newsText(headline) : compressed(newsText(headline)))
    await until(() => headlines.length === 100, 'all news')
    assert.deepEqual(headlines, expected)
  })

  it('that cannot be decompressed are unreadable, and the connection stays', async () => {
    const { server } = harness
    const tested = harness.open()
    const heard: string[] = []
    tested.on('error', ({ code, message }) => heard.push(`${code}: ${message}`))
    tested.on('news', ({ headline }) => heard.push(headline))
    await until(() => tested.state === 'connected', 'an open connection')
    const cut = compressed(newsText('cut off')).slice(0, 40)
    server.sendText(cut)
    server.sendText(newsText('later'))
    await until(() => heard.length === 2, 'an error and news')
    assert.deepEqual(heard, [`unreadable: expected a message of the protocol, got ${cut}`, 'later'])
    assert.equal(tested.state, 'connected')
  })

  it('that an app cannot keep up with lead to a new connection', async () => {
    const { server } = harness
    const tested = harness.open()
    const reasons: string[] = []
    tested.on('state', ({ reason }) => reasons.push(reason))
    await until(() => tested.state === 'connected', 'an open connection')
    server.sendText('x'.repeat(MAX_WAITING_CHARACTERS + 1))
    await until(() => server.paths.length === 2, 'a second connection')
    assert.deepEqual(reasons.slice(0, 2), ['open', 'more messages than this runtime can decompress'])
  })
})
