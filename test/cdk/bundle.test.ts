import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Context } from 'aws-lambda'
import { bundleFunctions, bundleIngestTask } from '../../cdk/bundle.ts'
import type { Push, PushResult } from '../../posts/push.ts'
import { lambdaContext } from '../functions/invoke.ts'
import { startGateway } from '../functions/posts-gateway.ts'
import { AWS_ENVIRONMENT } from '../functions/tables.ts'

interface SourceMap {
  readonly sources: readonly string[]
}

const home = process.cwd()
const outdir = mkdtempSync(join(tmpdir(), 'itastream-bundle-'))
// The sources are found from any folder.
process.chdir(outdir)
after(() => {
  process.chdir(home)
  rmSync(outdir, { recursive: true, force: true })
})

/** Returns a bundle and its source map. */
function read(folder: string, name: string): { code: string; map: SourceMap } {
  const code = readFileSync(join(folder, `${name}.mjs`), 'utf8')
  return { code, map: JSON.parse(readFileSync(join(folder, `${name}.mjs.map`), 'utf8')) as SourceMap }
}

test('the bundle of a function is one small file with its dependencies, and a source map without sources', () => {
  const folders = bundleFunctions(['disconnect', 'connect'], outdir)
  assert.deepEqual(folders, { disconnect: `${outdir}/disconnect`, connect: `${outdir}/connect` })
  for (const [name, folder] of Object.entries(folders)) {
    assert.deepEqual(readdirSync(folder), ['index.mjs', 'index.mjs.map'], name)
    const { code, map } = read(folder, 'index')
    // Failures must not print a whole bundle.
    assert.ok(code.startsWith('import{createRequire as $createRequire}from'), 'has require')
    assert.ok(/export\{[\w$]+ as handler\}/.test(code), 'exports the handler')
    assert.ok(code.length < 1_000_000 && code.split('\n').length < code.length / 500, 'is minified')
    assert.ok(map.sources.some(source => source.endsWith(`functions/${name}/${name}-handler.ts`)))
    assert.equal('sourcesContent' in map, false)
    // ES modules can be bundled in part, CommonJS modules only as a whole.
    assert.ok(map.sources.some(source => source.includes('@aws-sdk/client-dynamodb/dist-es/')))
    assert.ok(!map.sources.some(source => source.includes('@aws-sdk/client-dynamodb/dist-cjs/')))
  }
})

test('the bundle of push-room posts', async () => {
  const folders = bundleFunctions(['push-room'], outdir)
  await using gateway = await startGateway()
  Object.assign(process.env, AWS_ENVIRONMENT, { WEBSOCKET_ENDPOINT: gateway.endpoint })
  const { handler } = (await import(`${folders['push-room']}/index.mjs`)) as {
    handler: (push: Push, context: Context) => Promise<PushResult>
  }
  const push: Push = {
    updates: [],
    events: ['{"type":"phase"}'],
    deliveries: [['app', [], [0]]],
  }
  const { posts, errors } = await handler(push, lambdaContext)
  assert.deepEqual([posts, errors], [1, []])
  assert.deepEqual(gateway.take('app'), [{ type: 'updates', updates: [], events: [{ type: 'phase' }] }])
})

test('the image of an ingest task has the program and the Dockerfile', () => {
  const folder = join(outdir, 'image')
  assert.equal(bundleIngestTask(folder), folder)
  assert.deepEqual(readdirSync(folder), ['Dockerfile', 'main.mjs', 'main.mjs.map'])
  const { map } = read(folder, 'main')
  assert.ok(map.sources.some(path => path.endsWith('ingest-task/ingest-main.ts')))
  assert.equal('sourcesContent' in map, false)
})
