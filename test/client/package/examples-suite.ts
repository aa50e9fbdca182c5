/** Runs client/examples as they are: the watchlist and the recorder in Node, the board in a browser. */
import assert from 'node:assert/strict'
import { cp } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { build } from 'esbuild'
import type { TradeJson } from '../../../market/board-json.ts'
import { openBrowser } from '../../browser.ts'
import { trueTrades } from '../../market/trade-truth.ts'
import { until } from '../../until.ts'
import { type LiveSystem, runApp, truthOf } from './live-market.ts'
import { CLIENT, createProject, type PackedClient, ROOT } from './packed-client.ts'

interface Parts {
  readonly packed: () => PackedClient
  readonly project: (name: string) => string
  readonly system: () => LiveSystem
}

/** Trades that the recorder must write of the busiest issue. */
const TRADES = 30
/** Reading the truth and the last messages takes a moment. */
const BROWSER_LIMIT_MS = 60_000

export function examplesSuite(parts: Parts): void {
  describe('examples', () => {
    let project: string
    before(async () => {
      project = parts.project('examples')
      await createProject(project, parts.packed())
      await cp(join(CLIENT, 'examples'), project, {
        recursive: true,
        filter: path => !path.endsWith('tsconfig.json'),
      })
    })

    it('watchlist.ts shows prices, volume and the best quotes', async t => {
      const system = parts.system()
      const codes = system.issues.slice(0, 3).map(({ code }) => code)
      const app = runApp(t, system, project, ['watchlist.ts', ...codes])
      const shown = new Set<string>()
      let isLive = false
      for await (const line of app.lines) {
        if (line.endsWith('live')) isLive = true
        const [code, last, change, volume] = line.split('\t')
        if (Number(last) > 0 && Number.isFinite(Number(change)) && Number(volume) > 0) shown.add(code!)
        if (isLive && codes.every(issue => shown.has(issue))) break
      }
      assert.deepEqual([...shown].sort(), codes.toSorted())
    })

    it('recorder.ts writes every trade once, and ends after a signal', async t => {
      const system = parts.system()
      const codes = system.issues.slice(0, 2).map(({ code }) => code)
      const app = runApp(t, system, project, ['recorder.ts', ...codes])
      const written: ({ issue: string; lost?: true } & TradeJson)[] = []
      for await (const line of app.lines) {
        written.push(JSON.parse(line) as (typeof written)[number])
        if (written.length === TRADES) app.stop()
      }
      assert.equal(await app.exit, 0, app.errors())
      assert.ok(written.length >= TRADES)
      const truth = truthOf(system)
      for (const code of codes) {
        const trades = written.filter(({ issue }) => issue === code).map(({ issue: _, ...trade }) => trade)
        const [first, last] = [trades[0], trades.at(-1)]
        if (first === undefined || last === undefined) continue
        const expected = trueTrades(truth.ticksOf(code)).filter(
          ({ sequence }) => sequence >= first.sequence && sequence <= last.sequence,
        )
        assert.deepEqual(trades, expected)
      }
    })

    it('board.tsx shows a board in a browser, and follows it', async t => {
      const system = parts.system()
      const { code } = system.issues[0]!
      const { outputFiles } = await build({
        entryPoints: [join(project, 'board.tsx')],
        bundle: true,
        write: false,
        jsx: 'automatic',
        // React lies in the packages of this repository, the client in the project.
        nodePaths: [join(ROOT, 'node_modules')],
      })
      const files: Readonly<Record<string, readonly [type: string, content: string]>> = {
        '/board.js': ['text/javascript', outputFiles[0]!.text],
        '/board.html': [
          'text/html',
          '<meta charset="utf-8"><div id="board"></div><script src="board.js"></script>',
        ],
      }
      const server = createServer(({ url }, response) => {
        const [type, content] = files[new URL(url ?? '/', 'http://localhost').pathname] ?? ['text/plain', '']
        response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(content)
      })
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      t.after(() => server.close())
      const browser = await openBrowser()
      t.after(() => browser.close())
      const page = await browser.newPage()
      const problems: string[] = []
      page.on('pageerror', error => problems.push(error.message))
      const query = new URLSearchParams({ url: system.cloud.websocketUrl, token: system.issuer.tokenUrl })
      await page.goto(
        `http://127.0.0.1:${(server.address() as AddressInfo).port}/board.html?${query}#${code}`,
      )
      const captions = new Set<string>()
      await until(
        async () => {
          captions.add((await page.locator('caption').allTextContents()).join(''))
          return [...captions].filter(text => text.startsWith(code)).length > 2
        },
        'three states of the board',
        { limitMs: BROWSER_LIMIT_MS },
      )
      assert.deepEqual(problems, [])
      const rows = await page.locator('tbody tr').count()
      assert.ok(rows >= 10 && rows <= 20, `expected up to ten levels a side, got ${rows} rows`)
      const prices = await page.locator('tbody td:nth-child(2)').allTextContents()
      const numbers = prices.filter(text => text !== '-').map(Number)
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => b - a),
      )
    })
  })
}
