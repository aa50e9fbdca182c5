/** The exchange and its three lines in a process of their own, as they are outside of itastream. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { SMALL_PROCESS_FLAGS, SMALL_PROCESS_VARIABLES } from '@itastream/local-cloud/small-process'
import type { LinesStats } from './line/line-server.ts'
import type { Source } from './local-market.ts'

const ENTRY = join(import.meta.dirname, 'line', 'line-main.ts')

export interface LineProcess {
  /** The figures that the process reported last. */
  stats(): LinesStats
  close(): Promise<void>
}

/**
 * Starts the exchange and waits until its lines listen.
 * @throws Error with the process's error output if it ends before that.
 */
export async function startLineProcess(options: {
  readonly source: Source
  readonly host: string
  readonly ports: readonly number[]
  readonly clock: string
  readonly user: string
  readonly password: string
  /** The exchange starts when each line has so many connections that are logged in. */
  readonly logins: number
}): Promise<LineProcess> {
  const { source, host, ports, clock, user, password, logins } = options
  const child = spawn(
    process.execPath,
    [...SMALL_PROCESS_FLAGS, ENTRY, JSON.stringify({ source, host, ports, logins })],
    {
      env: {
        ...SMALL_PROCESS_VARIABLES,
        MARKET_CLOCK: clock,
        LINE_USER: user,
        LINE_PASSWORD: password,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const exited = once(child, 'exit')
  let errorOutput = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errorOutput += chunk.toString()
  })
  let stats: LinesStats = { messages: [0, 0, 0], behind: 0 }
  const { promise: listening, resolve } = Promise.withResolvers<void>()
  createInterface({ input: child.stdout }).on('line', line => {
    const fact = JSON.parse(line) as LinesStats | { readonly ports: readonly number[] }
    if ('ports' in fact) resolve()
    else stats = fact
  })
  const early = exited.then(() => {
    throw new Error(`expected the lines to listen, but the exchange ended: ${errorOutput.trim()}`)
  })
  await Promise.race([listening, early])
  // After this point the process ends because `close` asks for it.
  early.catch(() => {})
  return { stats: () => stats, close: () => stop(child, exited) }
}

async function stop(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  child.kill('SIGTERM')
  await exited
}
