/** Tests `npm start` as a user runs it: answers to mistakes, output, and that no process stays. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePortRange } from '../../local/ports.ts'
import { PORT_COUNT } from '../../local/start-arguments.ts'

const START = join(import.meta.dirname, '../../local/start.mjs')

/** Four minutes after the first orders of the day, which are replayed in three seconds. */
const SOON_LIVE = '08:04'

interface Run {
  readonly child: ChildProcess
  output(): string
  /** Resolves to the exit code. */
  readonly exit: Promise<number | null>
}

/** Starts it in a process group of its own, so that processes that stay can be found. */
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

/** Returns whether the process group ends by itself. A child may end a moment after its parent. */
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

/** Returns the first of the ports of a run. */
async function firstPort(): Promise<string> {
  return String(await freePortRange(PORT_COUNT))
}

suite('npm start', () => {
  test('prints its addresses and a status, and leaves no process after Ctrl-C', async () => {
    const port = await firstPort()
    const run = start('--issues', '6', '--rate', '20', '--market-time', SOON_LIVE, '--port', port)
    await waitFor(run, /Board page +http:/)
    await waitFor(run, /ticks\/s │ lines 3\/3 up/)
    run.child.kill('SIGINT')
    assert.equal(await run.exit, 0)
    assert.match(run.output(), /Stopped\.\n$/)
    assert.ok(await groupIsGone(run.child.pid!), 'processes were left behind')
  })

  test('leaves no process when it is stopped before live', async () => {
    const run = start('--issues', '6', '--rate', '20', '--port', await firstPort())
    await waitFor(run, /Replaying/)
    run.child.kill('SIGTERM')
    assert.equal(await run.exit, 0)
    assert.ok(await groupIsGone(run.child.pid!), 'processes were left behind')
  })
})
