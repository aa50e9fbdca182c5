import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Environments } from '../../../local/cloud/functions/environments.ts'
import { createFunction } from '../../../local/cloud/functions/function.ts'
import type { FunctionThread } from '../../../local/cloud/functions/function-thread.ts'
import type { ResultMessage } from '../../../local/cloud/functions/messages.ts'

/** Counts the invocations of its environment, and does what the event asks for. */
const BODY = `
let count = 0
const handler = async ({ wait = 0, hang = false }) => {
  count++
  const environment = { count, thread: threadId }
  await new Promise(resolve => hang || setTimeout(resolve, wait))
  return environment
}`
const ES_MODULE = `import { threadId } from 'node:worker_threads'${BODY}\nexport { handler }`
const COMMON_JS = `const { threadId } = require('node:worker_threads')${BODY}\nexports.handler = handler`

interface Event {
  /** Milliseconds that the invocation takes. */
  readonly wait?: number
  readonly hang?: boolean
}

/** The time-out of the functions (s): longer than the start of a thread on a busy machine. */
const TIMEOUT_SECONDS = 3

/** Makes a function of one file. */
function makeFunction(t: TestContext, file: string, code: string) {
  const folder = mkdtempSync(join(tmpdir(), 'itastream-environments-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, file), code)
  const fn = createFunction({
    logicalId: 'Counter',
    name: 'counter',
    arn: 'arn:aws:lambda:ap-northeast-1:000000000000:function:counter',
    folder,
    handler: 'index.handler',
    memoryMegabytes: 128,
    timeoutSeconds: TIMEOUT_SECONDS,
    variables: {},
    reservedConcurrency: undefined,
    log: () => {},
    sourceMaps: false,
  })
  t.after(() => fn.close())
  return async (event: Event = {}): Promise<{ count?: number; thread?: number; errorType?: string }> =>
    JSON.parse((await fn.invoke(JSON.stringify(event))).payload)
}

suite('the execution environments of a function', () => {
  for (const [kind, file, code] of [
    ['ES module', 'index.mjs', ES_MODULE],
    ['CommonJS module', 'index.cjs', COMMON_JS],
  ] as const) {
    test(`have the state of an ${kind} each, in one thread`, async t => {
      const invoke = makeFunction(t, file, code)
      const first = await invoke()
      const together = await Promise.all([invoke({ wait: 50 }), invoke({ wait: 50 })])
      assert.equal(first.count, 1)
      // One environment is warm, the other is new.
      assert.deepEqual(together.map(({ count }) => count).sort(), [1, 2])
      assert.deepEqual(new Set(together.map(({ thread }) => thread)), new Set([first.thread]))
    })
  }

  test('end with a time-out, after the other invocations of the thread have ended', async t => {
    const invoke = makeFunction(t, 'index.mjs', ES_MODULE)
    const hanging = invoke({ hang: true })
    await sleep(1_000)
    const slow = invoke({ wait: 2_500 })
    assert.equal((await hanging).errorType, 'Sandbox.Timedout')
    const next = await invoke()
    const { count, thread } = await slow
    assert.equal(count, 1)
    assert.equal(next.count, 1)
    assert.notEqual(next.thread, thread)
  })
})

suite('an environment that is being loaded', () => {
  /** Threads whose loads end when the test says so. */
  function loading() {
    const threads: { readonly thread: FunctionThread; readonly end: (ok: boolean) => void }[] = []
    const environments = new Environments(
      () => {
        const loads: (() => void)[] = []
        let isOk = false
        const thread = {
          alive: true,
          invoke: () => assert.fail('expected no invocation'),
          load: (environment: number) =>
            new Promise<ResultMessage>(resolve => {
              loads.push(() => resolve({ environment, ok: isOk, payload: 'null' }))
            }),
          async close() {
            thread.alive = false
            end(false)
          },
        }
        const end = (ok: boolean): void => {
          isOk = ok
          for (const load of loads.splice(0)) load()
        }
        threads.push({ thread, end })
        return thread
      },
      () => 8,
    )
    return { environments, threads }
  }

  test('serves the invocation that comes meanwhile; another invocation gets a new environment', async () => {
    const { environments, threads } = loading()
    const provisioning = environments.provision(1)
    assert.equal(environments.take(), undefined)
    const waiting = environments.wait()
    assert.equal(environments.take()?.number, 1)
    threads[0]!.end(true)
    await provisioning
    assert.equal((await waiting).number, 0)
    assert.equal(threads.length, 1)
  })

  test('that fails makes room for a new environment', async () => {
    const { environments, threads } = loading()
    const provisioning = environments.provision(1)
    const waiting = environments.wait()
    threads[0]!.end(false)
    await assert.rejects(provisioning)
    const { thread, number } = await waiting
    assert.equal(thread, threads[1]!.thread)
    assert.equal(number, 0)
  })

  test('stays when an invocation of a crashed thread has asked for it', async () => {
    const { environments, threads } = loading()
    const provisioning = environments.provision(1)
    threads[0]!.end(true)
    await provisioning
    const running = environments.take()!
    const crash = environments.crash()
    environments.giveBack(running, true)
    assert.equal(threads.length, 2)
    await crash
    threads[1]!.end(true)
    await sleep(0)
    assert.equal(environments.take()?.thread, threads[1]!.thread)
    assert.equal(threads.length, 2)
  })
})

suite('an idle thread', () => {
  function idle(t: TestContext) {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    let started = 0
    let closed = 0
    const loaded: number[] = []
    const start = (): FunctionThread => {
      started++
      return {
        alive: true,
        invoke: () => assert.fail('expected no invocation'),
        async load(environment) {
          loaded.push(environment)
          return { environment, ok: environment < 3, payload: '"broken"' }
        },
        close: async () => void closed++,
      }
    }
    const environments = new Environments(start, () => 8)
    return { environments, loaded, started: () => started, closed: () => closed }
  }

  test('ends after half a minute', t => {
    const { environments, closed } = idle(t)
    environments.giveBack(environments.take()!, true)
    t.mock.timers.tick(29_000)
    assert.equal(closed(), 0)
    t.mock.timers.tick(1_000)
    assert.equal(closed(), 1)
  })

  test('stays when the function is kept warm', t => {
    const { environments, closed } = idle(t)
    environments.keepWarm()
    environments.giveBack(environments.take()!, true)
    t.mock.timers.tick(3_600_000)
    assert.equal(closed(), 0)
  })

  test('stays with the environments that are provisioned, and ends when they are no longer', async t => {
    const { environments, loaded, started, closed } = idle(t)
    await environments.provision(2)
    assert.deepEqual(loaded, [0, 1])
    const [first, second] = [environments.take()!, environments.take()!]
    assert.deepEqual([first.number, second.number].sort(), [0, 1])
    for (const environment of [first, second]) environments.giveBack(environment, true)
    t.mock.timers.tick(3_600_000)
    assert.equal(closed(), 0)
    // A thread that is ended after an invocation gets a successor with as many environments.
    environments.giveBack(environments.take()!, false)
    assert.deepEqual([started(), closed()], [2, 1])
    await environments.crash()
    assert.deepEqual(loaded, [0, 1, 0, 1, 0, 1])
    const before = [started(), closed()]
    await environments.provision(0)
    t.mock.timers.tick(30_000)
    assert.deepEqual([started(), closed()], [before[0], before[1]! + 1])
  })

  test('ends when the code of a provisioned environment cannot be loaded', async t => {
    const { environments, loaded, closed } = idle(t)
    await assert.rejects(environments.provision(9), /broken/)
    assert.deepEqual(loaded, [0, 1, 2, 3])
    assert.equal(closed(), 1)
  })

  test('stays while one of its environments is busy', t => {
    const { environments, closed } = idle(t)
    environments.take()
    environments.giveBack(environments.take()!, true)
    t.mock.timers.tick(3_600_000)
    assert.equal(closed(), 0)
  })

  test('has joined another for more than four concurrent invocations, and ends alone', t => {
    const { environments, started, closed } = idle(t)
    environments.keepWarm()
    const taken = Array.from({ length: 8 }, () => environments.take()!)
    assert.equal(started(), 2)
    assert.equal(environments.take(), undefined)
    for (const environment of taken) environments.giveBack(environment, true)
    t.mock.timers.tick(30_000)
    assert.equal(closed(), 1)
    assert.equal(environments.take()?.thread, taken[0]!.thread)
    assert.equal(started(), 2)
  })
})
