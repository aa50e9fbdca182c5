import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { suite, test } from 'node:test'
import { createTruth, STEP_FIELDS } from '../client/client-truth.ts'
import { TestGateway } from '../client/test-gateway.ts'
import { until } from '../until.ts'

const MAIN = join(import.meta.dirname, '../../tools/follow/follow-main.ts')
const TOKEN = 'header.claims.signature'
const ISSUE = '7203'

/** Starts the tool. @param token undefined: the environment has none. */
function start(args: readonly string[], token: string | undefined = TOKEN) {
  const env = token === undefined ? {} : { ITASTREAM_TOKEN: token }
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  return { child, err: text(child.stderr), code: async () => (await exited)[0] as number }
}

suite('npm run follow', () => {
  test('prints each board, with the token of the environment', async t => {
    const gateway = await TestGateway.start(createTruth())
    t.after(() => gateway.close())
    const { truth } = gateway
    truth.step(ISSUE, { fields: [[STEP_FIELDS[0]!, 1]] })
    const { child, err, code } = start(['--url', gateway.url, '--seconds', '60', ISSUE])
    const boards: unknown[] = []
    createInterface(child.stdout).on('line', line => boards.push(JSON.parse(line)))
    const reaches = async (count: number): Promise<void> => {
      const hasCome = (): boolean => {
        gateway.sendRound()
        return boards.length >= count
      }
      await until(hasCome, `board ${count}`)
      assert.deepEqual(boards.at(-1), truth.json(ISSUE))
    }
    await reaches(1)
    truth.step(ISSUE, { fields: [[STEP_FIELDS[0]!, 2]] })
    await reaches(2)
    assert.deepEqual(gateway.tokens, [TOKEN])
    child.kill('SIGTERM')
    assert.equal(await code(), 0)
    assert.doesNotMatch(await err, new RegExp(TOKEN))
  })

  test('exits with 1 if an issue has no board', async t => {
    const gateway = await TestGateway.start(createTruth())
    t.after(() => gateway.close())
    gateway.unknownIssues.add(ISSUE)
    const { err, code } = start(['--url', gateway.url, '--seconds', '1', ISSUE])
    assert.equal(await code(), 1)
    assert.match(await err, /follow: no board of 7203\n$/)
  })

  const url = 'wss://boards.example/live'
  for (const [what, args, sentence, token] of [
    ['a missing address', [ISSUE], '--url is missing'],
    [
      'an address that would get the token without TLS',
      ['--url', 'ws://boards.example/live', ISSUE],
      '--url: expected wss://…, or ws:// on this machine, got "ws://boards.example/live"',
    ],
    [
      'too short a time',
      ['--url', url, '--seconds', '0', ISSUE],
      '--seconds: expected a whole number from 1 to 7200, got "0"',
    ],
    ['no issue', ['--url', url], 'expected an issue such as 7203, got none'],
    ['no token', ['--url', url, ISSUE], 'ITASTREAM_TOKEN is missing in the environment', ''],
  ] as const) {
    test(`refuses ${what} in one sentence`, async () => {
      const { err, code } = start(args, token)
      assert.equal(await err, `follow: ${sentence}. See npm run -s follow -- --help.\n`)
      assert.equal(await code(), 2)
    })
  }

  test('refuses a text that is no issue code', async () => {
    const { err, code } = start(['--url', 'ws://127.0.0.1:1/live', 'toyota'])
    assert.match(await err, /^follow: .*toyota/m)
    assert.equal(await code(), 2)
  })
})
