/** Synthesizes the cloud assembly of a stage that the local system boots from, if its sources have changed. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { glob, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StageName } from '../cdk/stages/stage-config.ts'

const ROOT = join(import.meta.dirname, '..')
/** Names of the stacks that run here. An assembly also has the firewall of its edge, which does not. */
export const STACK_NAMES: Readonly<Record<StageName, string>> = {
  dev: 'ItastreamDev',
  test: 'ItastreamTest',
  prod: 'Itastream',
}
export const STACK_NAME = STACK_NAMES.prod
/** Sources of the assembly. */
const SOURCES = [
  'cdk.json',
  'package-lock.json',
  '{archive,cdk,contract,functions,ingest-task,lambda,market,posts,prices,rest,sign-in,tables}/**/*',
]
/** An error shows this many lines of a failed synthesis. The first lines contain the cause. */
const SHOWN_LINES = 12

/** The synthesis failed. The message contains its output. */
export class AssemblyError extends Error {
  override readonly name = 'AssemblyError'
}

/**
 * Bundles the functions and the ingest task and synthesizes the template, unless the last assembly has equal sources.
 * @returns the folder of the assembly.
 * @throws AssemblyError
 */
export async function assemble(stage: StageName = 'prod'): Promise<string> {
  const assembly = join(ROOT, '.build', `cdk.out.${stage}`)
  const stampFile = `${assembly}.stamp`
  const digest = await digestSources()
  const stamp = await readFile(stampFile, 'utf8').catch(() => '')
  if (stamp === digest) return assembly
  await synthesize(stage, assembly)
  await writeFile(stampFile, digest)
  return assembly
}

async function digestSources(): Promise<string> {
  const hash = createHash('sha256')
  const files: string[] = []
  for (const pattern of SOURCES) {
    for await (const entry of glob(pattern, { cwd: ROOT, withFileTypes: true })) {
      if (entry.isFile()) files.push(join(entry.parentPath, entry.name))
    }
  }
  for (const file of files.sort())
    hash
      .update(file)
      .update('\0')
      .update(await readFile(file))
      .update('\0')
  return hash.digest('hex')
}

async function synthesize(stage: StageName, assembly: string): Promise<void> {
  // The CDK app writes the assembly itself. The cdk command would only take more time.
  const child = spawn(process.execPath, [join(ROOT, 'cdk', 'app.ts')], {
    cwd: ROOT,
    env: { ...process.env, CDK_OUTDIR: assembly, CDK_CONTEXT_JSON: JSON.stringify({ stage }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const collect = (chunk: Buffer): void => {
    output += chunk.toString()
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const { promise, resolve } = Promise.withResolvers<number | null>()
  child.on('close', resolve)
  const code = await promise
  if (code !== 0) {
    const shown = output.trim().split('\n').slice(0, SHOWN_LINES).join('\n')
    throw new AssemblyError(`the template could not be synthesized (exit code ${code}):\n${shown}`)
  }
}
