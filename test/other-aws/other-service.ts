/** Another implementation of a service of AWS, which knows nothing of local/cloud. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { pathOf } from '../../cdk/paths.ts'

/** Time in which a service accepts connections, ms. */
const START_LIMIT = 60_000
const POLL = 200

/** A test that is not repeated. */
export interface Exclusion {
  /** Name of a test that is in no suite. */
  readonly test: string
  /** What the other implementation does in place of AWS, or lacks. */
  readonly reason: string
}

export interface OtherService {
  /** `DynamoDB Local` */
  readonly title: string
  /** What it needs besides its package. */
  readonly needs: string
  readonly port: number
  /** Name of the environment variable that points tests to it. */
  readonly variable: string
  /** Files of the repeated tests. */
  tests(): string[]
  readonly excluded: readonly Exclusion[]
  /** Starts it. @param packages folder whose node_modules has its package. @throws UsageError without its package. */
  start(packages: string): ChildProcess
}

/** Repeats the tests of a service. Returns the exit code of the test runner. */
export async function repeatTests(service: OtherService, packages: string): Promise<number> {
  const child = service.start(packages)
  try {
    await accepts(child, service)
    return await runTests(service)
  } finally {
    child.kill()
  }
}

/** Waits until a service accepts a connection. */
async function accepts(child: ChildProcess, { title, needs, port }: OtherService): Promise<void> {
  const failed = once(child, 'error').then(() => true)
  const end = Date.now() + START_LIMIT
  while (Date.now() < end && child.exitCode === null) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (isOpen) return
    if (await Promise.race([failed, wait(POLL)])) break
  }
  throw new Error(`expected ${title} at port ${port}, found nothing: it needs ${needs}`)
}

async function runTests({ title, variable, port, excluded, tests }: OtherService): Promise<number> {
  for (const { test, reason } of excluded) console.log(`not with ${title}: ${test} (${reason})`)
  // The runner compares a pattern with the names of the suites and of the test, one after the other.
  const skipped = excluded.map(({ test }) => `--test-skip-pattern=/^${escapeRegExp(test)}$/`)
  const options = ['--test', '--test-timeout=240000', '--test-concurrency=2', ...skipped]
  const child = spawn(process.execPath, [...options, ...tests()], {
    cwd: pathOf('.'),
    env: { ...process.env, [variable]: `http://127.0.0.1:${port}` },
    stdio: 'inherit',
  })
  const [code] = await once(child, 'exit')
  return Number(code ?? 1)
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
