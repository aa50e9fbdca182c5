/** Compiles the programs of client/README.md and README.ja.md, and runs the first one and the web page against the local system. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { openBrowser } from '../../browser.ts'
import { type LiveSystem, runApp } from './live-market.ts'
import { CLIENT, compile, createProject, type PackedClient } from './packed-client.ts'

/** The addresses that the README has, which are those of `npm start`. */
const WEBSOCKET = 'ws://localhost:8081/live'
const TOKEN = 'http://localhost:8083/token'
const REST = 'http://localhost:8082'

const TSCONFIG = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'dom'],
    strict: true,
    noUncheckedIndexedAccess: true,
    types: [],
    outDir: 'out',
  },
  include: ['*.ts'],
}

/** The end of the program, and what ends it here: a busy machine may need more time. */
const END = 'setTimeout(() => client.close(), 15_000)'
const END_BY_SIGNAL = `
declare const process: { on(name: 'SIGTERM', listener: () => void): void }
process.on('SIGTERM', () => client.close())
`
/** Longest time until everything is printed. */
const LIMIT_MS = 120_000

/** A code that the README expects to be refused. */
const UNLISTED = '1999'

/** What is printed last. */
const LAST = 'the end'

/** What the parts of the program print: one line of each is enough. */
const PRINTED: Readonly<Record<string, RegExp>> = {
  'a row of the watchlist': /^\S{4} [\d.]+ -?[\d.]+ \d+ [\d.–]+ [\d.–]+ [\w–-]+$/,
  'a level of a board': /^売 \[ [\d.]+, \d+ \]$/,
  'a trade of a board': /^約定 \S+\+09:00 [\d.]+ \d+ (buy|sell|unknown)$/,
  'that boards are current': /^boards are current$/,
  'a state': /^connected /,
  'a bar': /^確定 2026-11-20T09:\d\d:00\.000000\+09:00( [\d.]+){5}$/,
  'a trade of a loop': /^\{"issue":".*"price":.*\}$/,
  'the last trades of a view': /^[\d.]+ [\d.]+ [\d.]+$/,
  'the pace': /^one message in 1000 ms$/,
  'an error': /^unknown-issue not listed: 1999$/,
  'a listed issue': /^銘柄 \w{4,5} .+$/,
  'a phase': /^morning 2026-11-20T09:00:00/,
  'a line': /^line 1 is live$/,
  [LAST]: /^closed /,
}

/** A row of the web page: code, price, change of the day and volume, which is not zero. */
const PAGE_ROW = (code: string): RegExp =>
  new RegExp(`^\\s*${code}\\s*[\\d.]+\\s*-?\\d+\\.\\d\\s*[1-9]\\d*\\s*$`)
const CONTENT_TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' }

interface Parts {
  readonly packed: () => PackedClient
  readonly project: (name: string) => string
  readonly system: () => LiveSystem
}

export function readmeSuite(parts: Parts): void {
  describe('README.md', () => {
    it('is a program that compiles also in Japanese', async () => {
      const project = parts.project('readme-ja')
      await createProject(project, parts.packed(), {
        'app.ts': await programOf('README.ja.md'),
        'tsconfig.json': JSON.stringify(TSCONFIG),
      })
      assert.equal(await compile(project), '')
    })

    it('is a program that compiles, prints what it says, and ends', async t => {
      const system = parts.system()
      const { cloud, issuer, issues } = system
      let program = await programOf('README.md')
      for (const [written, real] of [
        [WEBSOCKET, cloud.websocketUrl],
        [TOKEN, issuer.tokenUrl],
        [REST, cloud.httpUrl],
        [END, ''],
      ] as const) {
        assert.ok(program.includes(written), `expected ${written}`)
        program = program.replaceAll(written, real)
      }
      // First of all: the program may have printed everything before it reaches its end.
      program = END_BY_SIGNAL + program
      // The issues of the README are those of a larger market.
      const codes = [...new Set(program.match(/(?<=')\d{4}(?=')/g))].filter(code => code !== UNLISTED)
      for (const [index, code] of codes.entries())
        program = program.replaceAll(`'${code}'`, `'${issues[index]!.code}'`)
      const project = parts.project('readme')
      await createProject(project, parts.packed(), {
        'app.ts': program,
        'tsconfig.json': JSON.stringify(TSCONFIG),
      })
      assert.equal(await compile(project), '')
      const app = runApp(t, system, project, ['out/app.js'])
      const missing = new Map(Object.entries(PRINTED))
      const timer = setTimeout(app.stop, LIMIT_MS)
      const lines = new Set<string>()
      for await (const line of app.lines) {
        lines.add(line)
        for (const [what, pattern] of missing) if (pattern.test(line)) missing.delete(what)
        if (missing.size === 1 && missing.has(LAST)) app.stop()
      }
      clearTimeout(timer)
      assert.equal(await app.exit, 0, app.errors())
      assert.deepEqual([...missing.keys()], [], [...lines].slice(0, 60).join('\n'))
    })

    it('has a web page that shows prices without a bundler, the same in Japanese', async t => {
      const { cloud, issuer, issues } = parts.system()
      const written = await pageOf('README.md')
      assert.equal(await pageOf('README.ja.md'), written)
      const codes = [...new Set(written.match(/(?<=')\d{4}(?=')/g))]
      const html = codes.reduce(
        (text, code, index) => text.replaceAll(`'${code}'`, `'${issues[index]!.code}'`),
        written.replace(WEBSOCKET, cloud.websocketUrl).replace(TOKEN, issuer.tokenUrl),
      )
      const project = parts.project('readme-page')
      await createProject(project, parts.packed(), { 'index.html': html })
      const browser = await openBrowser()
      t.after(() => browser.close())
      const page = await browser.newPage()
      const problems: string[] = []
      page.on('pageerror', error => problems.push(error.message))
      await page.goto(await serve(t, project))
      for (const { code } of issues.slice(0, codes.length))
        await page.locator('tr', { hasText: PAGE_ROW(code) }).waitFor({ timeout: LIMIT_MS })
      await page.locator('#state', { hasText: '配信中' }).waitFor({ timeout: LIMIT_MS })
      assert.deepEqual(problems, [])
    })
  })
}

/** Serves the files of a folder. Returns the address. */
async function serve(t: TestContext, folder: string): Promise<string> {
  const server = createServer(async ({ url }, response) => {
    const { pathname } = new URL(url ?? '/', 'http://localhost')
    const path = pathname === '/' ? '/index.html' : pathname
    try {
      const content = await readFile(join(folder, path))
      response.writeHead(200, { 'content-type': CONTENT_TYPES[extname(path)] ?? 'text/plain' }).end(content)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** Returns the web page of a README. */
async function pageOf(name: string): Promise<string> {
  return (await readFile(join(CLIENT, name), 'utf8')).match(/```html\n(.*?)```/s)?.[1] ?? ''
}

/** Returns the code of a README as one program. */
async function programOf(name: string): Promise<string> {
  const text = await readFile(join(CLIENT, name), 'utf8')
  return [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code).join('\n')
}
