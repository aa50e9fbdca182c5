/** What `npm start` answers to mistakes, each in one sentence. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { suite, type TestContext, test } from 'node:test'
import { freePortRange } from '../../local/ports.ts'
import { PORT_COUNT } from '../../local/start-arguments.ts'

const START = join(import.meta.dirname, '../../local/start.mjs')
/** Lets the program believe that it runs under an old version of Node.js. */
const OLD_NODE = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } })`

async function start(args: readonly string[], { nodeFlags = [], program = START }: StartOptions = {}) {
  const child = spawn(process.execPath, [...nodeFlags, program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { out, err, code }
}

interface StartOptions {
  readonly nodeFlags?: readonly string[]
  readonly program?: string
}

/** Copies the entry into a project of its own, with these folders and files. */
function makeProject(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'itastream-start-'))
  t.after(() => rmSync(root, { recursive: true }))
  mkdirSync(join(root, 'local'))
  cpSync(START, join(root, 'local/start.mjs'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return join(root, 'local/start.mjs')
}

suite('npm start', () => {
  test('prints its options with --help', async () => {
    const { out, code } = await start(['--help'])
    assert.equal(code, 0)
    assert.match(out, /Usage: npm start -- \[options\]/)
  })

  for (const [what, args, sentence] of [
    ['a bad value', ['--issues', 'many'], '--issues: expected a whole number from 3 to 4400, got "many"'],
    ['an unknown option', ['--isues', '5'], "Unknown option '--isues'"],
    ['a missing value', ['--rate'], "Option '--rate <value>' argument missing"],
    ['an argument that is not an option', ['5'], "Unexpected argument '5'"],
  ] as const) {
    test(`rejects ${what} in one sentence`, async () => {
      const { err, code } = await start(args)
      assert.deepEqual({ err, code }, { err: `itastream: ${sentence}\nSee npm start -- --help.\n`, code: 1 })
    })
  }

  test('names a used port', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const { err } = await start(['--port', String(port)])
    assert.equal(err, `itastream: port ${port} is in use; choose another first port with --port\n`)
    server.close()
  })

  test('rejects the data folder of another run', async () => {
    const folder = import.meta.dirname
    const { err } = await start(['--data', folder, '--port', String(await freePortRange(PORT_COUNT))])
    assert.equal(err, `itastream: --data: expected a new or empty folder, got ${folder}, which has files\n`)
  })

  const old = { nodeFlags: ['--import', OLD_NODE] }

  test('says under an old Node.js that it is too old, not that packages are missing', async () => {
    assert.equal(
      (await start([], old)).err,
      'itastream: expected Node.js 24 or newer, got 20.20.2; ' +
        '`npm start` uses the Node.js that `npm ci` has installed.\n',
    )
  })

  test('says that the Node.js of its packages is missing', async t => {
    const program = makeProject(t, { 'node_modules/valibot/package.json': '{}' })
    assert.equal(
      (await start([], { ...old, program })).err,
      'itastream: expected Node.js 24 or newer, got 20.20.2, ' +
        'and the Node.js of its packages is not installed; run `npm ci`, then `npm start`.\n',
    )
  })

  test('says that its packages are not installed', async t => {
    const { err, code } = await start([], { program: makeProject(t, {}) })
    assert.equal(err, 'itastream: its packages are not installed; run `npm ci`, then `npm start`.\n')
    assert.equal(code, 1)
  })

  test('names a package that is missing', async t => {
    const program = makeProject(t, {
      'node_modules/other/package.json': '{}',
      'local/start-main.ts': "import 'valibot'",
    })
    assert.match(
      (await start([], { program })).err,
      /^itastream: a part of it is missing \(Cannot find package 'valibot' .*\); run `npm ci`, then `npm start`\.\n$/,
    )
  })
})
