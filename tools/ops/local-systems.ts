/** Files about the systems that run on this machine. `npm start` writes one, and `npm run ops` finds its system by it. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { UsageError } from '../tool-arguments.ts'

/** The folder of the files. */
export const SYSTEMS_FOLDER = join(import.meta.dirname, '../../.build/systems')
/** Only the user who started the system may read its access key. */
const OWNER_ONLY = 0o600

const schema = v.object({
  /** Process of the system. */
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** When the system started, epoch ms. */
  startedAt: v.number(),
  /** The market clock, in the format of market/clock.ts. */
  clock: v.string(),
  /** Where the AWS APIs answer. */
  endpoint: v.string(),
  region: v.string(),
  /** An access key of the local cloud. It is random and of no use elsewhere. */
  credentials: v.object({ accessKeyId: v.string(), secretAccessKey: v.string() }),
  /** Outputs of the stack. */
  outputs: v.record(v.string(), v.string()),
})
/** How to reach a system on this machine. */
export type LocalSystem = v.InferOutput<typeof schema>

/**
 * Writes the file of a system.
 * @returns a function that removes it.
 */
export function announceSystem(system: LocalSystem, folder = SYSTEMS_FOLDER): () => void {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${system.pid}.json`)
  writeFileSync(file, JSON.stringify(system), { mode: OWNER_ONLY })
  return () => rmSync(file, { force: true })
}

/** Returns the running systems, the newest first. Removes the files of systems that ended without removing theirs. */
export function runningSystems(folder = SYSTEMS_FOLDER): LocalSystem[] {
  const systems: LocalSystem[] = []
  for (const name of filesOf(folder)) {
    const file = join(folder, name)
    const system = parse(file)
    if (system !== undefined && isRunning(system.pid)) systems.push(system)
    else rmSync(file, { force: true })
  }
  return systems.toSorted((a, b) => b.startedAt - a.startedAt)
}

/** Reads the file of a system. @throws UsageError if it is no such file, or if its system has ended. */
export function readSystem(file: string): LocalSystem {
  const system = parse(file)
  if (system === undefined) throw new UsageError(`--system: expected a file of a running system, got ${file}`)
  if (!isRunning(system.pid))
    throw new UsageError(`--system: the system of process ${system.pid} has ended (${file})`)
  return system
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter(name => name.endsWith('.json'))
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function parse(file: string): LocalSystem | undefined {
  try {
    const read = v.safeParse(schema, JSON.parse(readFileSync(file, 'utf8')))
    return read.success ? read.output : undefined
  } catch (error) {
    if (error instanceof SyntaxError || isMissing(error)) return undefined
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** Signal 0 is sent to nobody: it only asks whether the process exists (kill(2)). */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
