/** `npm start` as a user runs it: a process group of its own, on free ports, with one client as the page has it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '../../client/itastream.ts'
import type { PageConfig } from '../../client/page/page-config.ts'
import { createRest } from '../../client/page/rest-client.ts'
import { holdToken } from '../../local/issuer/held-token.ts'
import { freePortRange } from '../../local/ports.ts'
import { PORT_COUNT } from '../../local/start-arguments.ts'
import { type TreeUsage, usageOfTree } from './process-tree.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Time until the system must be ready, and until it must have ended (ms). */
const READY_LIMIT_MS = 180_000
const END_LIMIT_MS = 30_000
/** More issues than a local market lists. */
const ISSUE_LIMIT = 5_000
/** Attempts to read the list of issues, and the time between two of them (ms). */
const LIST_ATTEMPTS = 30
const LIST_PAUSE_MS = 1_000

export interface Started extends AsyncDisposable {
  readonly config: PageConfig
  /** Codes of all issues. */
  readonly issues: readonly string[]
  /** Seconds from the start of npm to the first board at the page. */
  readonly readySeconds: number
  usage(): Promise<TreeUsage>
}

/**
 * Starts the system and opens the page's client.
 * @param options of `npm start`, without --port.
 * @throws Error with the output when it ends before it is ready.
 */
export async function startByNpm(options: readonly string[] = []): Promise<Started> {
  const port = await freePortRange(PORT_COUNT)
  const began = performance.now()
  const child = spawn('npm', ['start', '--', '--port', String(port), ...options], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = (): Promise<void> => end(child)
  try {
    await untilGreeting(child)
    const page = await openPage(`http://localhost:${port}`)
    const readySeconds = (performance.now() - began) / 1000
    return {
      ...page,
      readySeconds,
      usage: () => usageOfTree(child.pid!),
      async [Symbol.asyncDispose]() {
        page.close()
        await stop()
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Waits for the greeting, which says that the system is ready. Output after it is read and dropped. */
async function untilGreeting(child: ChildProcess): Promise<void> {
  const output: string[] = []
  const { promise: greeted, resolve, reject } = Promise.withResolvers<void>()
  for (const stream of [child.stdout!, child.stderr!]) {
    createInterface({ input: stream }).on('line', line => {
      if (/Board page +http:/.test(line)) resolve()
      else if (output.length < 100) output.push(line)
    })
  }
  const refuse = (what: string): void => reject(new Error(`npm start ${what}:\n${output.join('\n')}`))
  child.once('exit', code => refuse(`ended with exit code ${code}`))
  const timer = setTimeout(() => refuse(`was not ready after ${READY_LIMIT_MS} ms`), READY_LIMIT_MS)
  try {
    await greeted
  } finally {
    clearTimeout(timer)
  }
}

/** Does what the page does at a first visit, and waits for the first board. */
async function openPage(url: string) {
  const config = (await (await fetch(`${url}/config.json`)).json()) as PageConfig
  if (config.signIn.kind !== 'oidc') throw new Error('expected a system with sign-in')
  const html = await (await fetch(url)).text()
  for (const [, path] of html.matchAll(/"(\/assets\/[^"]+)"/g)) await (await fetch(url + path)).text()
  const client = connect({ url: config.websocketUrl, token: holdToken(`${config.signIn.issuer}/token`) })
  const firstBoard = new Promise(resolve => client.on('board', resolve))
  for (const issue of config.issues) client.subscribe(issue, () => {})
  try {
    const issues = await listIssues(config.restUrl)
    await firstBoard
    return { config, issues, close: () => client.close() }
  } catch (error) {
    client.close()
    throw error
  }
}

/**
 * Returns the codes of all issues. On a busy machine the first environment of a function may not start in time, and the list
 * may be empty until broadcast has stored the issue masters.
 */
async function listIssues(restUrl: string): Promise<string[]> {
  const rest = createRest(restUrl)
  for (let left = LIST_ATTEMPTS - 1; ; left--) {
    try {
      const issues = await rest.issues('', ISSUE_LIMIT)
      if (issues.length === 0) throw new Error('expected issues in the list, got none')
      return issues.map(({ code }) => code)
    } catch (error) {
      if (left === 0) throw error
      await sleep(LIST_PAUSE_MS)
    }
  }
}

/** Ends the process group as Ctrl-C does, and by force after a limit. */
async function end(child: ChildProcess): Promise<void> {
  const exited = child.exitCode === null ? once(child, 'exit') : Promise.resolve()
  signal(child, 'SIGINT')
  const isLate = await Promise.race([exited.then(() => false), sleep(END_LIMIT_MS, true, { ref: false })])
  if (isLate) signal(child, 'SIGKILL')
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    process.kill(-child.pid!, name)
  } catch {
    // The group has ended.
  }
}
