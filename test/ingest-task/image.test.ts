/** The image of the ingest task, put together without Docker: its files, its user, its program. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readDockerfile } from '@itastream/local-cloud/dockerfile'
import { bundleIngestTask } from '../../cdk/bundle.ts'
import { pathOf } from '../../cdk/paths.ts'
import { HEALTH_CHECK } from '../../contract/health-check.ts'
import { instructionsOf } from '../../tools/check-cloud/dockerfile-instructions.ts'
import { until } from '../until.ts'
import { openTaskStage } from './task-stage.ts'

const LINE = 2

interface Image {
  /** The working folder of the container. Nobody may write to it. */
  readonly folder: string
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly uid: number
  readonly gid: number
}

/** Lays out what `docker build` would, from the bundle of the CDK app. */
function buildImage(root: string): Image {
  const context = bundleIngestTask(join(root, 'context'))
  const dockerfile = join(context, 'Dockerfile')
  const text = readFileSync(dockerfile, 'utf8')
  const { command, environment, workingDirectory } = readDockerfile(text, dockerfile)
  const folder = join(root, 'image', workingDirectory)
  mkdirSync(folder, { recursive: true })
  const instructions = instructionsOf(text)
  for (const { value } of instructions.filter(({ name }) => name === 'COPY')) {
    const files = value.split(/\s+/)
    assert.equal(files.pop(), './')
    for (const file of files) {
      cpSync(join(context, file), join(folder, file))
      chmodSync(join(folder, file), 0o444)
    }
  }
  chmodSync(folder, 0o555)
  const user = instructions.find(({ name }) => name === 'USER')?.value ?? ''
  const [uid = 0, gid = 0] = user.split(':').map(Number)
  return { folder, command, environment, uid, gid }
}

test('the image runs as its user on a read-only root, becomes healthy, and ends on SIGTERM', async t => {
  const root = mkdtempSync(join(tmpdir(), 'itastream-image-'))
  chmodSync(root, 0o755)
  const image = buildImage(root)
  t.after(() => {
    chmodSync(image.folder, 0o755)
    rmSync(root, { recursive: true })
  })
  const [program, ...args] = image.command
  assert.equal(program, 'node')
  const before = readdirSync(image.folder)
  // As the file system in memory of the task definition: everybody may write.
  const health = join(root, 'health')
  mkdirSync(health)
  chmodSync(health, 0o1777)
  const healthFile = join(health, 'until')

  const { startAs } = await openTaskStage(t, LINE)
  // Only root may start a process of another user.
  const user = process.getuid?.() === 0 ? { uid: image.uid, gid: image.gid } : {}
  const task = startAs(
    {
      command: [process.execPath, ...args],
      as: { cwd: image.folder, ...user },
      environment: image.environment,
    },
    healthFile,
  )
  await task.logged('line is live')
  const isHealthy = (): boolean => {
    try {
      execFileSync('/bin/sh', ['-c', HEALTH_CHECK], {
        env: { ...process.env, HEALTH_FILE: healthFile },
        stdio: 'ignore',
      })
      return true
    } catch {
      return false
    }
  }
  await until(isHealthy, 'a health check that passes')
  task.child.kill('SIGTERM')
  assert.equal(await task.ended, 0)
  assert.deepEqual(readdirSync(image.folder), before)
  assert.deepEqual(readdirSync(health), ['until'])
})

test('the image and the task definition have the same user, and the image has no folder for health', () => {
  const dockerfile = readFileSync(pathOf('ingest-task/Dockerfile'), 'utf8')
  const service = readFileSync(pathOf('cdk/ingest-service.ts'), 'utf8')
  const [, user] = /^const TASK_USER = '(.+)'$/m.exec(service) ?? []
  assert.deepEqual(
    instructionsOf(dockerfile).filter(({ name }) => name === 'USER'),
    [{ name: 'USER', value: user }],
  )
  assert.doesNotMatch(dockerfile, /\/health/)
})
