/** `npm start` as a person meets it: its answers to mistakes, what it prints, and that it leaves nothing behind. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkPorts } from '../../local/ports.ts'

const START = join(import.meta.dirname, '../../local/start.mjs')

interface Run {
  readonly child: ChildProcess
  output(): string
  /** Resolves with the exit code. */
  readonly exit: Promise<number | null>
}

/** In a process group of its own, so that what it leaves behind can be seen. */
function start(...options: string[]): Run {
  const child = spawn(process.execPath, [START, ...options], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  const exit = once(child, 'close').then(([code]) => code as number | null)
  return { child, output: () => output, exit }
}

async function waitFor(run: Run, text: RegExp): Promise<void> {
  while (!text.test(run.output())) {
    const ended = await Promise.race([
      run.exit.then(() => true),
      once(run.child.stdout!, 'data').then(() => false),
    ])
    assert.ok(!ended || text.test(run.output()), `expected ${text}, it ended with:\n${run.output()}`)
  }
}

/** Whether the group ends by itself: a helper that notices its closed pipe needs a moment longer than its parent. */
async function groupIsGone(pid: number): Promise<boolean> {
  for (let look = 0; look < 30; look++) {
    try {
      process.kill(-pid, 0)
    } catch {
      return true
    }
    await sleep(100)
  }
  return false
}

/** The first of four neighbouring free ports, below those that the system gives to whoever asks for any. */
async function firstPort(): Promise<string> {
  for (;;) {
    const port = 12_000 + 4 * Math.floor(Math.random() * 4_000)
    const isFree = await checkPorts([port, port + 1, port + 2, port + 3]).then(
      () => true,
      () => false,
    )
    if (isFree) return String(port)
  }
}

suite('npm start', () => {
  test('explains itself', async () => {
    const run = start('--help')
    assert.equal(await run.exit, 0)
    assert.match(run.output(), /Usage: npm start -- \[options\]/)
  })

  test('answers a bad option with one clear sentence', async () => {
    const run = start('--issues', 'many')
    assert.equal(await run.exit, 1)
    assert.equal(
      run.output(),
      'itastream: --issues: expected a whole number from 3 to 4400, got "many"\nSee npm start -- --help.\n',
    )
  })

  test('names a port that is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const run = start('--port', String(port))
    assert.equal(await run.exit, 1)
    assert.equal(run.output(), `itastream: port ${port} is in use; choose another first port with --port\n`)
    server.close()
  })

  test('does not mix a run into the data of another', async () => {
    const run = start('--data', import.meta.dirname, '--port', await firstPort())
    assert.equal(await run.exit, 1)
    assert.equal(
      run.output(),
      `itastream: --data: expected a new or empty folder, got ${import.meta.dirname}, which has files\n`,
    )
  })

  test('prints its addresses and a status, and Ctrl-C leaves nothing behind', async () => {
    const run = start('--issues', '6', '--rate', '20', '--port', await firstPort())
    await waitFor(run, /Board page +http:/)
    await waitFor(run, /ticks\/s │ lines 3\/3 up/)
    run.child.kill('SIGINT')
    assert.equal(await run.exit, 0)
    assert.match(run.output(), /Stopped\.\n$/)
    assert.ok(await groupIsGone(run.child.pid!), 'processes were left behind')
  })

  test('stopped while it replays leaves nothing behind either', async () => {
    const run = start('--issues', '6', '--rate', '20', '--port', await firstPort())
    await waitFor(run, /Replaying/)
    run.child.kill('SIGTERM')
    assert.equal(await run.exit, 0)
    assert.ok(await groupIsGone(run.child.pid!), 'processes were left behind')
  })
})
