import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb'
import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { pathOf } from '../../../cdk/paths.ts'
import { DEFAULT_TIMING, lineOpener } from '../../../ingest-task/line/line-opener.ts'
import type { LoginAttempt } from '../../../ingest-task/line-seam.ts'
import { LoginGate } from '../../../ingest-task/login/login-gate.ts'
import { LOGIN_ID } from '../../../tables/control/control-keys.ts'
import { type LoginTable, readLogin } from '../../../tables/control/login-item.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { startTables, TABLES } from '../../functions/tables.ts'
import { until } from '../../until.ts'
import { configOf, marketClock, NOBODY } from '../line-and-stream.ts'
import { openGuardedLine } from './guarded-line.ts'

const BUSY_MS = 20
const HELD_MS = 50
/** Longer than the time between two looks at the item in these tests. */
const ATTEMPT_MS = 1_000
const LINES = 3
const MINUTE_MS = 60_000

async function openControl(t: TestContext): Promise<LoginTable> {
  const tables = await startTables()
  t.after(() => tables[Symbol.asyncDispose]())
  return { client: tables.client, table: TABLES.CONTROL_TABLE }
}

function openGate(control: LoginTable, password = 'wrong', attemptMs = ATTEMPT_MS) {
  const warnings: string[] = []
  const gate = new LoginGate({
    control,
    credentials: { user: 'user', password },
    timing: { busyMs: BUSY_MS, attemptMs, heldMs: HELD_MS },
    log: { warn: message => void warnings.push(String(message)) },
  })
  return { gate, warnings }
}

/** Runs the command of docs/operations.md that lets the tasks try a refused login again. */
async function deleteAsDocumented({ client, table }: LoginTable): Promise<void> {
  const document = readFileSync(pathOf('docs/operations.md'), 'utf8')
  const [, key = ''] = /aws dynamodb delete-item --table-name … --key '(.*)'/.exec(document) ?? []
  await client.send(new DeleteItemCommand({ TableName: table, Key: JSON.parse(key) }))
}

/** Waits for the attempt of a gate. */
async function attemptOf(gate: LoginGate): Promise<LoginAttempt> {
  let admitted = await gate.admit()
  const admits = async (): Promise<boolean> => {
    if (typeof admitted === 'number') admitted = await gate.admit()
    return typeof admitted !== 'number'
  }
  await until(admits, 'an admitted login')
  return admitted as LoginAttempt
}

async function refusals(control: LoginTable): Promise<number> {
  return (await readLogin(control, AbortSignal.timeout(5_000)))?.refusals ?? 0
}

/** Stops the clock by which tasks judge the item. Timers go on. */
function stopClock(t: TestContext): void {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
}

test('two tasks on each of three lines make two attempts with a wrong password, and so do tasks in their place', async t => {
  stopClock(t)
  const control = await openControl(t)
  const server = await openGuardedLine(t)
  const start = (line: number, password: string) => {
    const { gate, warnings } = openGate(control, password)
    const config = { ...configOf(marketClock(), line, server.port), password }
    const connected: string[] = []
    const open = lineOpener(config, DEFAULT_TIMING, gate)
    const session = open({ deliver: () => true, connected: name => void connected.push(name), failed() {} })
    t.after(() => session.close())
    return { gate, warnings, connected, refusals: () => session.stats.errors.credentials ?? 0 }
  }
  const startAll = (password: string) =>
    Array.from({ length: 2 * LINES }, (_, index) => start((index % LINES) + 1, password))
  const tasks = startAll('wrong')
  await until(() => tasks.every(({ gate }) => gate.isRefused), 'six tasks that know of the refusal')
  assert.equal(server.logins.get('wrong'), 1)

  t.mock.timers.tick(MINUTE_MS)
  await until(async () => (await refusals(control)) === 2, 'the second refusal')
  t.mock.timers.tick(60 * MINUTE_MS)
  const replacements = startAll('wrong')
  await until(
    () => replacements.every(({ gate }) => gate.isRefused),
    'six new tasks that know of the refusals',
  )
  assert.equal(server.logins.get('wrong'), 2)

  // A new password waits for nothing, and does not let the wrong one in again.
  server.accepted.add('right')
  const { connected } = start(1, 'right')
  await until(() => connected.length === 2, 'connections A and B with the right password')
  const late = start(2, 'wrong')
  await until(() => late.warnings.includes('login held back'), 'a held task with the wrong password')
  assert.deepEqual(
    [...server.logins],
    [
      ['wrong', 2],
      ['right', 2],
    ],
  )

  // The provider unlocks the user, and somebody deletes the item.
  server.accepted.add('wrong')
  await deleteAsDocumented(control)
  // A connection that was refused waits a minute itself, so a task whose A and B both were is late.
  const held = [...tasks, ...replacements, late].filter(task => task.refusals() < 2)
  assert.ok(held.length >= 12)
  await until(() => held.every(task => task.connected.length > 0), 'every other task connected')
  assert.ok(held.every(({ gate }) => !gate.isRefused))
})

test('one task at a time tries a login, and the next follows at once when it is accepted or unanswered', async t => {
  const control = await openControl(t)
  const [first, second, third] = [openGate(control).gate, openGate(control).gate, openGate(control).gate]
  const attempt = await attemptOf(first)
  assert.equal(await second.admit(), BUSY_MS)
  attempt.unanswered()
  const next = await attemptOf(second)
  assert.equal(await third.admit(), BUSY_MS)
  next.accepted()
  await attemptOf(third)
  assert.equal(await first.admit(), BUSY_MS)
  // The second task has proved the login, and asks nobody.
  assert.notEqual(typeof (await second.admit()), 'number')
})

test('an accepted login forgets the refusal, and a refused one is no longer proved', async t => {
  stopClock(t)
  const control = await openControl(t)
  const { gate, warnings } = openGate(control)
  const proved = await attemptOf(gate)
  proved.accepted()
  const again = await attemptOf(gate)
  again.refused()
  assert.ok(gate.isRefused)
  await until(async () => (await refusals(control)) === 1, 'a refusal in the table')
  assert.equal(await gate.admit(), HELD_MS)

  t.mock.timers.tick(MINUTE_MS - 1)
  assert.equal(await gate.admit(), 1)
  t.mock.timers.tick(1)
  const later = await attemptOf(gate)
  later.accepted()
  await until(async () => (await refusals(control)) === 0, 'no refusal in the table')
  assert.ok(!gate.isRefused)
  assert.deepEqual(warnings, [])
})

test('a task whose clock is a minute ahead or behind holds up no other task', async t => {
  stopClock(t)
  const control = await openControl(t)
  for (const ahead of [MINUTE_MS, -MINUTE_MS]) {
    const now = Date.now()
    t.mock.timers.setTime(now + ahead)
    const attempt = await attemptOf(openGate(control).gate)
    t.mock.timers.setTime(now)
    const { gate } = openGate(control, 'wrong', MINUTE_MS)
    assert.equal(await gate.admit(), BUSY_MS)
    attempt.unanswered()
    const next = await attemptOf(gate)
    next.unanswered()
  }
})

test('a reservation of a task that was killed ends when others have seen it as long as an attempt takes', async t => {
  const control = await openControl(t)
  await attemptOf(openGate(control).gate)
  const { gate } = openGate(control)
  const start = performance.now()
  assert.equal(await gate.admit(), BUSY_MS)
  await attemptOf(gate)
  assert.ok(performance.now() - start >= ATTEMPT_MS)
})

test('a task that cannot read the table tries at once, and not again after a refusal', async () => {
  const client = createDynamoDB({
    endpoint: `http://127.0.0.1:${NOBODY}`,
    region: 'ap-northeast-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })
  const { gate, warnings } = openGate({ client, table: TABLES.CONTROL_TABLE })
  const attempt = await gate.admit()
  assert.notEqual(typeof attempt, 'number')
  assert.equal(warnings[0], 'login not agreed with other tasks')
  ;(attempt as LoginAttempt).refused()
  assert.equal(await gate.admit(), HELD_MS)
})

test('the refused login of a restored table holds back its own password alone, until the item is deleted', async t => {
  const control = await openControl(t)
  const refused = openGate(control, 'right').gate
  for (const waits of [1, 2]) {
    const attempt = await attemptOf(refused)
    attempt.refused()
    await until(
      async () => (await readLogin(control, AbortSignal.timeout(1_000)))?.refusals === waits,
      'a noted refusal',
    )
    await control.client.send(
      new UpdateCommand({
        TableName: control.table,
        Key: { id: LOGIN_ID },
        UpdateExpression: 'REMOVE notBefore',
      }),
    )
  }
  // The provider has unlocked the user since, and an old table comes back: a new task is held back.
  assert.equal(await openGate(control, 'right').gate.admit(), HELD_MS)
  assert.equal(typeof (await openGate(control, 'another').gate.admit()), 'object')
  await deleteAsDocumented(control)
  assert.equal(typeof (await openGate(control, 'right').gate.admit()), 'object')
})
