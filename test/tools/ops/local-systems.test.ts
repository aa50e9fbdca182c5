import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import {
  announceSystem,
  type LocalSystem,
  readSystem,
  runningSystems,
} from '../../../tools/ops/local-systems.ts'

const root = mkdtempSync(join(tmpdir(), 'itastream-systems-'))
after(() => rmSync(root, { recursive: true }))

const SYSTEM: LocalSystem = {
  pid: process.pid,
  startedAt: 1_000,
  clock: 'system',
  endpoint: 'http://127.0.0.1:9000',
  region: 'ap-northeast-1',
  credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
  outputs: { ControlTable: 'control' },
}

/** Returns the id of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  return child.pid!
}

suite('the files of local systems', () => {
  test('are found, the newest first, until they are removed', async () => {
    const folder = join(root, 'found')
    assert.deepEqual(runningSystems(folder), [])
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    const newer = { ...SYSTEM, pid: other.pid!, startedAt: 2_000 }
    const forget = announceSystem(SYSTEM, folder)
    announceSystem(newer, folder)
    assert.deepEqual(runningSystems(folder), [newer, SYSTEM])
    assert.deepEqual(readSystem(join(folder, `${process.pid}.json`)), SYSTEM)
    forget()
    assert.deepEqual(runningSystems(folder), [newer])
    other.kill('SIGKILL')
    await once(other, 'exit')
  })

  test('can be read by their owner only, because they contain an access key', () => {
    const folder = join(root, 'private')
    announceSystem(SYSTEM, folder)
    assert.equal(statSync(join(folder, `${process.pid}.json`)).mode & 0o777, 0o600)
  })

  test('are removed if their system has ended without doing so, or if they are damaged', async () => {
    const folder = join(root, 'stale')
    announceSystem({ ...SYSTEM, pid: await endedPid() }, folder)
    writeFileSync(join(folder, '1.json'), '{"pid":1')
    writeFileSync(join(folder, '2.json'), '{"pid":1}')
    assert.deepEqual(runningSystems(folder), [])
    assert.deepEqual(readdirSync(folder), [])
  })

  test('named by a person must be of a running system', async () => {
    const folder = join(root, 'named')
    const pid = await endedPid()
    announceSystem({ ...SYSTEM, pid }, folder)
    const file = join(folder, `${pid}.json`)
    assert.throws(() => readSystem(file), {
      name: 'UsageError',
      message: `--system: the system of process ${pid} has ended (${file})`,
    })
    const missing = join(folder, 'none.json')
    assert.throws(() => readSystem(missing), {
      name: 'UsageError',
      message: `--system: expected a file of a running system, got ${missing}`,
    })
    assert.ok(existsSync(file))
  })
})
