/** Runs one test file until its first failure. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export type TestResult = 'passed' | 'failed' | 'timed out' | 'stopped'

/** Lets property tests fail at once: the smallest counterexample is not needed, and takes up to a minute. */
const PRELOAD = new URL('fail-early.ts', import.meta.url).href

/** A failed test in the output of the TAP reporter. */
const FAILURE = /^\s*not ok (?!.*# (?:TODO|SKIP))/

export interface TestRun {
  readonly root: string
  readonly temporary: string
  readonly file: string
  readonly limitMillis: number
  readonly stop: AbortSignal
}

/** Ends a test and what it has started: all have the process group of the test. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The whole group has ended.
  }
}

export async function runTest({ root, temporary, file, limitMillis, stop }: TestRun): Promise<TestResult> {
  const child = spawn(process.execPath, ['--import', PRELOAD, '--test-reporter=tap', file], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, TMPDIR: temporary },
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`expected a process for ${file}, got none`)
  let result: TestResult | undefined
  const end = (reason: TestResult): void => {
    result ??= reason
    killGroup(pid)
  }
  const limit = setTimeout(end, limitMillis, 'timed out')
  const onStop = (): void => end('stopped')
  stop.addEventListener('abort', onStop)
  if (stop.aborted) onStop()
  createInterface(child.stdout).on('line', line => {
    if (FAILURE.test(line)) end('failed')
  })
  try {
    const [code] = (await once(child, 'exit')) as [number | null]
    result ??= code === 0 ? 'passed' : 'failed'
    return result
  } finally {
    clearTimeout(limit)
    stop.removeEventListener('abort', onStop)
    killGroup(pid)
  }
}
