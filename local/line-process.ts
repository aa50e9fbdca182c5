/** The exchange and its three lines, as a process of their own: what is outside of itastream stays outside. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { LinesStats } from './line/line-server.ts'
import type { Source } from './local-market.ts'

const ENTRY = join(import.meta.dirname, 'line', 'line-main.ts')

export interface LineProcess {
  /** What the process told last. */
  stats(): LinesStats
  close(): Promise<void>
}

/**
 * Starts the exchange and waits until its lines listen.
 * @throws Error with what the process said, when it ends before that.
 */
export async function startLineProcess(options: {
  readonly source: Source
  readonly host: string
  readonly ports: readonly number[]
  readonly clock: string
  readonly user: string
  readonly password: string
}): Promise<LineProcess> {
  const { source, host, ports, clock, user, password } = options
  const child = spawn(process.execPath, [ENTRY, JSON.stringify({ source, host, ports })], {
    env: { MARKET_CLOCK: clock, LINE_USER: user, LINE_PASSWORD: password },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString()
  })
  let stats: LinesStats = { messages: [0, 0, 0], behind: 0 }
  const { promise: listening, resolve } = Promise.withResolvers<void>()
  createInterface({ input: child.stdout }).on('line', line => {
    const fact = JSON.parse(line) as LinesStats | { readonly ports: readonly number[] }
    if ('ports' in fact) resolve()
    else stats = fact
  })
  const early = exited.then(() => {
    throw new Error(`the exchange ended before its lines listened: ${complaint.trim()}`)
  })
  await Promise.race([listening, early])
  early.catch(() => {}) // From here on its end is ours to ask for.
  return { stats: () => stats, close: () => stop(child, exited) }
}

async function stop(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  child.kill('SIGTERM')
  await exited
}
