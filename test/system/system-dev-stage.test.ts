/** Boots the system from the template of the stage dev, which has one task a line and fewer resources than prod. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startSystem } from '../../local/system.ts'
import type { BoardJson } from '../../market/board-json.ts'
import { until } from '../until.ts'
import { getJson } from './get-json.ts'
import { marketWithoutHistory } from './system-market.ts'

/** Time until a line publishes on a busy machine. */
const START = { limitMs: 90_000, pollMs: 100 }

test('the template of the stage dev serves a board in real time, and an answer of twenty minutes ago', async t => {
  const logged: string[] = []
  const system = await startSystem({
    stage: 'dev',
    market: marketWithoutHistory({ issues: 3, rate: 10, seed: 3 }),
    ports: { web: 0, websocket: 0, http: 0, issuer: 0 },
    progress: () => {},
    log: text => logged.push(text),
  })
  t.after(() => system.close())
  const { code } = system.issues[0]!
  const client = system.connect()
  t.after(client.close)
  client.subscribe(code, () => {})
  await until(() => client.board(code) !== undefined, 'a board in real time', START)
  const url = `${system.cloud.httpUrl}/v1/boards/${code}`
  const { delay, board } = await getJson<{ delay: string; board: BoardJson | null }>(url)
  // Trading began a moment ago, so there is no board of twenty minutes ago.
  assert.deepEqual([delay, board], ['PT20M', null])
  assert.equal(system.cloud.tasks('IngestService1Service').length, 1)
  const refused = logged.filter(text => text.includes('not authorized'))
  assert.deepEqual(refused, [])
})
