/** A system without lines for the commands of `npm run ops`, and a way to run them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { nowMillis } from '../../../market/units.ts'
import { announceSystem } from '../../../tools/ops/local-systems.ts'
import { type CloudWithoutLines, startCloudWithoutLines } from '../../cloud-without-lines.ts'

const OPS = join(import.meta.dirname, '../../../tools/ops/ops-main.ts')

export interface OpsSystem extends CloudWithoutLines {
  /** A folder that is removed with the system. */
  readonly folder: string
  /** The file that names the system to the commands. */
  readonly file: string
}

/** What a command has written, and its exit code. */
export interface CommandResult {
  readonly code: number
  readonly out: string
  readonly err: string
}

/**
 * Boots the system and writes its file.
 * @param parts gets each part that has started. Its owner disposes of it, also if this function throws.
 * @param clock text of the market clock. Default: the clock of the machine.
 */
export async function startOpsSystem(parts: AsyncDisposableStack, clock?: string): Promise<OpsSystem> {
  const folder = mkdtempSync(join(tmpdir(), 'itastream-ops-'))
  parts.defer(() => rmSync(folder, { recursive: true }))
  const { cloud, issuer } = await startCloudWithoutLines(parts, clock)
  const { endpointUrl: endpoint, region, credentials, outputs } = cloud
  const system = { pid: process.pid, startedAt: nowMillis(), endpoint, region, credentials }
  announceSystem({ ...system, clock: clock ?? 'system', outputs: { ...outputs } }, folder)
  return { cloud, issuer, folder, file: join(folder, `${process.pid}.json`) }
}

/** Runs a program with arguments until it ends. */
export async function runProgram(program: string, ...args: readonly string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { code, out, err }
}

/** Runs `npm run ops` with arguments. */
export const runOps = (...args: readonly string[]): Promise<CommandResult> => runProgram(OPS, ...args)
