/** The commands of `npm run ops` about users, against the template that runs on this machine at night: broadcast does not run. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { WebSocket } from 'ws'
import { nowMillis } from '../../../market/units.ts'
import { readReconnectWish } from '../../../tables/boards/reconnect-wish.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { tokyoMonth } from '../../../tables/users/access-records.ts'
import { CAVEAT } from '../../../tools/ops/access-report.ts'
import { standingClock } from '../../cloud-without-lines.ts'
import { until } from '../../until.ts'
import { type CommandResult, type OpsSystem, runOps, startOpsSystem } from './ops-system.ts'

const parts = new AsyncDisposableStack()
let system: OpsSystem
before(async () => {
  system = await startOpsSystem(parts, standingClock('2026-11-20T03:00:00+09:00'))
  // Ends the tasks with which services start, so that broadcast has nothing to do.
  await system.cloud.invoke('ScheduleMarketHours', {})
})
after(() => parts.disposeAsync())

const ops = (...args: string[]): Promise<CommandResult> => runOps(...args, '--system', system.file)

interface App {
  readonly socket: WebSocket
  readonly messages: { type: string; code?: string }[]
}

/** Connects an app. @throws Error with the status if the connection is refused. */
async function connect(token: string): Promise<App> {
  const socket = new WebSocket(`${system.cloud.websocketUrl}?client=test%2F1`, [
    'itastream.v1',
    `bearer.${token}`,
  ])
  const messages: App['messages'] = []
  socket.on('message', data => messages.push(JSON.parse(String(data))))
  await once(socket, 'open')
  return { socket, messages }
}

async function boardsWith(token: string): Promise<{ status: number; type?: string }> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${system.cloud.httpUrl}/v1/realtime/boards?issues=7203`, { headers })
  return { status: response.status, type: ((await response.json()) as { type?: string }).type ?? '' }
}

suite('npm run ops, about users', () => {
  // The command waits twelve seconds for connections that are on the way, so both wait at the same time.
  suite('disconnect', { concurrency: true }, () => {
    test('ends the access of a user within a minute, and of nobody else', async () => {
      const [kens, yuis] = [await system.issuer.token('ken'), await system.issuer.token('yui')]
      const apps = [await connect(kens), await connect(kens)]
      const other = await connect(yuis)
      assert.equal((await boardsWith(kens)).status, 200)
      const closed = apps.map(({ socket }) => once(socket, 'close'))

      const start = performance.now()
      const { code, out, err } = await ops('disconnect', '--user', 'ken', '--for', '2h')
      assert.ok(performance.now() - start < 60_000)
      assert.deepEqual([code, err], [0, ''])
      const [first = '', ...lines] = out.trimEnd().split('\n')
      assert.match(first, /^Tokens of ken issued until (\S+ \S+) are refused until \S+ \S+\.$/)
      assert.equal(
        lines.filter(line => / {2}\S+: open since \S+ \S+ \(test\/1\), asked to end$/.test(line)).length,
        2,
      )
      assert.equal(lines.filter(line => / {2}\S+: closed$/.test(line)).length, 2)
      assert.equal(lines.at(-1), 'ken has no connection any more; 2 were open.')

      await Promise.all(closed)
      for (const { messages } of apps) assert.deepEqual(messages.at(-1)?.code, 'access-ended')
      other.socket.send('{"action":"ping"}')
      await until(() => other.messages.some(({ type }) => type === 'pong'), 'the answer to the other user')
      other.socket.close()

      await assert.rejects(connect(kens), /403/)
      // REST may know the user from before for half a minute.
      await until(async () => (await boardsWith(kens)).status === 403, 'the end of REST', {
        limitMs: 40_000,
        pollMs: 1_000,
      })
      assert.equal((await boardsWith(kens)).type, 'urn:itastream:problem:access-ended')
      assert.equal((await boardsWith(yuis)).status, 200)

      const renewed = await system.issuer.token('ken')
      assert.equal((await boardsWith(renewed)).status, 200)
      const again = await connect(renewed)
      again.socket.close()
    })

    test('ends the access of a user without a connection', async () => {
      const { code, out } = await ops('disconnect', '--user', 'nobody')
      assert.equal(code, 0)
      assert.match(out, /\nnobody has no connection any more; none was open\.\n$/)
    })
  })

  test('reports who had access this month', async () => {
    const month = tokyoMonth(nowMillis())
    const out = join(system.folder, 'report.csv')
    const { code, err, out: shown } = await ops('report', '--month', month, '--out', out)
    assert.deepEqual([code, shown], [0, ''])
    assert.equal(
      err,
      `${month} (Tokyo): 2 users had access to real-time data so far, 2 first by the WebSocket, 0 first by REST.\n${CAVEAT}\n`,
    )
    const [header, ...lines] = readFileSync(out, 'utf8').trimEnd().split('\r\n')
    assert.equal(header, 'user,first_access,last_access,first_by,own')
    assert.deepEqual(
      lines.map(line => line.split(',')).map(([user, , , way]) => [user, way]),
      [
        ['ken', 'stream'],
        ['yui', 'stream'],
      ],
    )
    const printed = await ops('report', '--month', month)
    assert.equal(printed.out, readFileSync(out, 'utf8'))
    const early = await ops('report', '--month', '2020-01')
    assert.deepEqual([early.code, early.out], [2, ''])
    assert.match(
      early.err,
      /^ops: --month: records are kept for 24 months, those of 2020-01 are deleted\. See/,
    )
  })

  test('asks apps to move to new connections', async () => {
    const before = nowMillis()
    const { code, out } = await ops('reconnect', '--within', '5m')
    assert.deepEqual([code, out], [0, 'Broadcast asks all apps to move to new connections within 300 s.\n'])
    const { endpointUrl: endpoint, region, credentials } = system.cloud
    const client = createDynamoDB({ endpoint, region, credentials })
    const wish = await readReconnectWish({ client, table: system.cloud.ref('TablesBoards') })
    client.destroy()
    assert.equal(wish?.within, 300_000)
    assert.ok(wish.at >= before && wish.at <= nowMillis())
  })
})
