import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mock, test } from 'node:test'
import { HEALTH_CHECK } from '../../contract/health-check.ts'
import { openHealthFile } from '../../ingest-task/health-file.ts'
import type { HealthSigns } from '../../ingest-task/health-verdict.ts'
import { until } from '../until.ts'
import { collectLog } from './collect-log.ts'

const SIGNS: HealthSigns = {
  ready: false,
  hindrance: undefined,
  otherWorks: false,
  publisher: { envelopes: 0, waitingBytes: 0 },
}

/** Runs the container's health check as ECS does, and returns its exit code. */
function check(path: string): number | null {
  return spawnSync('/bin/sh', ['-c', HEALTH_CHECK], { env: { PATH: process.env.PATH, HEALTH_FILE: path } })
    .status
}

const folder = mkdtempSync(join(tmpdir(), 'itastream-health-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

test('the health check passes from the proof of the task on, and fails when the task stops extending the time', async () => {
  const path = join(folder, 'until')
  const log = collectLog()
  mock.timers.enable({ apis: ['setInterval'] })
  let signs = SIGNS
  const file = await openHealthFile(path, () => signs, log)
  mock.timers.tick(5000)
  assert.equal(readFileSync(path, 'utf8'), '')
  assert.notEqual(check(path), 0, 'an unproved task')

  signs = { ...SIGNS, ready: true }
  mock.timers.tick(1000)
  await until(() => readFileSync(path, 'utf8') !== '', 'a time in the file')
  assert.equal(check(path), 0, 'a proved task')
  const [limit = 0] = readFileSync(path, 'utf8').split('\n').map(Number)
  const ahead = limit - Date.now() / 1000
  assert.ok(ahead > 5 && ahead <= 10, `${ahead} seconds ahead`)

  // The task stops writing, and the time passes.
  await file.close()
  writeFileSync(path, `${Math.floor(Date.now() / 1000)}\n`)
  assert.notEqual(check(path), 0, 'a time that has passed')
  mock.timers.reset()
  assert.deepEqual(
    log.lines.map(([, message, { health }]) => [message, health]),
    [
      ['health changed', 'unproved'],
      ['health changed', 'proved'],
    ],
  )
})

test('a task that becomes stuck stops extending the time', async () => {
  const path = join(folder, 'stuck')
  mock.timers.enable({ apis: ['setInterval'] })
  const now = mock.method(performance, 'now', () => 0)
  const waiting = { ...SIGNS, ready: true, publisher: { envelopes: 0, waitingBytes: 10 } }
  const log = collectLog()
  const file = await openHealthFile(path, () => waiting, log)
  await until(() => readFileSync(path, 'utf8') !== '', 'a time in the file')
  writeFileSync(path, '1\n')
  now.mock.mockImplementation(() => 60_001)
  mock.timers.tick(1000)
  mock.timers.tick(1000)
  await file.close()
  now.mock.restore()
  mock.timers.reset()
  assert.equal(readFileSync(path, 'utf8'), '1\n')
  assert.deepEqual(log.lines.at(-1), [
    'info',
    'health changed',
    { health: 'stuck', hindrance: undefined, otherWorks: false },
  ])
})

test('the health check fails without a file', () => {
  assert.notEqual(check(join(folder, 'none')), 0)
})

test('a folder that does not exist is an error', async () => {
  await assert.rejects(
    openHealthFile(join(folder, 'none', 'until'), () => SIGNS, collectLog()),
    /ENOENT/,
  )
})
