import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../bench/bench-main.ts', import.meta.url))

async function bench(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = new Promise<number | null>(resolve => child.on('exit', resolve))
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { out, err, code }
}

suite('npm run bench', () => {
  test('explains every benchmark with --help', async () => {
    const { out, code } = await bench('--help')
    assert.equal(code, 0)
    for (const name of [
      'ingest',
      'decode',
      'envelope',
      'pack',
      'store',
      'boards',
      'delayed',
      'archive',
      'update',
      'post',
      'fanout',
      'local',
      'latency',
      'year',
      '--json',
    ])
      assert.match(out, new RegExp(`^  ${name} `, 'm'))
  })

  test('rejects an unknown name in one sentence', async () => {
    const { out, err, code } = await bench('envelopes')
    assert.deepEqual(
      { out, err, code },
      {
        out: '',
        err: 'bench: expected a benchmark of ingest, decode, envelope, shard, pack, store, boards, delayed, archive, update, post, fanout, local, latency, year, got "envelopes".\n',
        code: 1,
      },
    )
  })

  test('prints the figures as one line of JSON at the end', async () => {
    const { out, code } = await bench('decode', '--json')
    assert.equal(code, 0)
    const { name, figures } = JSON.parse(out.trimEnd().split('\n').at(-1)!)
    assert.equal(name, 'decode')
    assert.deepEqual(Object.keys(figures), [
      'messagesPerCpuSecond',
      'baselineMessagesPerCpuSecond',
      'ratio',
      'latin1MessagesPerCpuSecond',
    ])
    for (const value of Object.values(figures)) assert.ok(Number.isFinite(value))
  })
})
