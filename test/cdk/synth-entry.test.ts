/** What `cdk synth` answers to an old Node.js. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { pathOf } from '../../cdk/paths.ts'

/** Runs the entry under a Node.js that calls itself by another version, with a stage that does not exist. */
async function synthesizeUnder(version: string): Promise<{ err: string; code: number }> {
  const pretend = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`
  const env = { ...process.env, CDK_CONTEXT_JSON: JSON.stringify({ stage: 'none' }) }
  const child = spawn(process.execPath, ['--import', pretend, pathOf('cdk/synth.mjs')], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = once(child, 'exit')
  const [err, [code]] = await Promise.all([text(child.stderr), exited])
  return { err, code }
}

test('the CDK app says in one sentence that Node.js is too old', async () => {
  for (const version of ['20.20.2', '22.17.1', '18.0.0'])
    assert.deepEqual(await synthesizeUnder(version), {
      err:
        `itastream: expected Node.js 22.18 or newer, got ${version}. Run \`npm ci\`, then \`npx cdk\`, which uses the ` +
        'Node.js of the project, or install Node.js 24.\n',
      code: 1,
    })
})

test('a newer Node.js reads the stage', async () => {
  for (const version of ['22.18.0', '24.0.0']) {
    const { err, code } = await synthesizeUnder(version)
    assert.match(err, /context stage: expected dev, test, prod, got "none"/)
    assert.equal(code, 1)
  }
})

test('is what the CDK command runs', () => {
  const { app } = JSON.parse(readFileSync(pathOf('cdk.json'), 'utf8')) as { app: string }
  assert.equal(app, 'node cdk/synth.mjs')
})
