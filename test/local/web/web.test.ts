import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { pathOf } from '../../../cdk/paths.ts'
import type { PageConfig } from '../../../client/page/page-config.ts'
import type { SystemJson } from '../../../client/page/system-state.ts'
import { startWeb, type Web } from '../../../local/web/web.ts'

const CONFIG: PageConfig = {
  restUrl: 'http://localhost:9001',
  websocketUrl: 'ws://localhost:9002/live',
  signIn: {
    kind: 'oidc',
    issuer: 'http://localhost:9003',
    clientId: 'itastream-local',
    scope: 'itastream/realtime',
  },
  clock: 'system',
  issues: ['7203'],
}

describe('the page server', () => {
  let web: Web
  /** Paths of the files that the page loads. */
  let paths: { readonly script: string; readonly styles: string; readonly fonts: string }
  before(async () => {
    web = await startWeb({ port: 0, config: CONFIG })
    const html = await (await fetch(web.url)).text()
    const find = (pattern: RegExp): string => pattern.exec(html)?.[1] ?? 'none'
    paths = {
      script: find(/src="(\/assets\/page-\w+\.js)"/),
      styles: find(/href="(\/assets\/page-\w+\.css)"/),
      fonts: find(/href="(\/assets\/fonts-\w+\.css)"/),
    }
  })
  after(() => web.close())

  it('serves page, script, styles, icon and configuration with their content types, never cached', async () => {
    const expected: readonly [path: string, type: RegExp, content: RegExp][] = [
      ['/', /^text\/html; charset=utf-8$/, /<script type="module" src="\/assets\/page-\w+\.js">/],
      [paths.script, /^text\/javascript; charset=utf-8$/, /itastream\.v1/],
      [paths.styles, /^text\/css; charset=utf-8$/, /\.ladder/],
      [paths.fonts, /^text\/css; charset=utf-8$/, /unicode-range/],
      ['/favicon.svg', /^image\/svg\+xml$/, /<svg/],
      ['/licences.txt', /^text\/plain; charset=utf-8$/, /^oauth4webapi 3\.[\d.]+$/m],
      ['/config.json', /^application\/json$/, /"clock":"system"/],
    ]
    for (const [path, type, content] of expected) {
      const response = await fetch(web.url + path)
      assert.equal(response.status, 200)
      assert.match(response.headers.get('content-type') ?? '', type)
      assert.equal(response.headers.get('cache-control'), 'no-store')
      assert.match(await response.text(), content)
    }
  })

  it('serves the chart as a file of its own, which the page loads when a chart is opened', async () => {
    const page = await (await fetch(web.url + paths.script)).text()
    const [, name] = /import\("\.\/(price-chart-\w+\.js)"\)/.exec(page) ?? []
    const response = await fetch(`${web.url}/assets/${name}`)
    assert.equal(response.headers.get('content-type'), 'text/javascript; charset=utf-8')
    assert.match(await response.text(), /TradingView/)
    assert.doesNotMatch(page, /TradingView, Inc\. Lightweight/)
  })

  it('reports the state of its system, if it has one', async t => {
    assert.equal((await fetch(`${web.url}/system.json`)).status, 404)
    const state: SystemJson = {
      phases: [],
      lines: [{ line: 1, running: 2, desired: 2, publishes: true, standby: true }],
    }
    const withSystem = await startWeb({ port: 0, config: CONFIG, system: () => state })
    t.after(() => withSystem.close())
    const response = await fetch(`${withSystem.url}/system.json`)
    assert.equal(response.headers.get('cache-control'), 'no-store')
    assert.deepEqual(await response.json(), state)
  })

  it('allows the page only its own files and the configured APIs', async () => {
    const policy = (await fetch(web.url)).headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'/)
    assert.match(
      policy,
      /connect-src 'self' http:\/\/localhost:9001 ws:\/\/localhost:9002 http:\/\/localhost:9003;/,
    )
    assert.doesNotMatch(policy, /unsafe|\*/)
  })

  it('sends the headers that the document requires for other web servers', async t => {
    const [, block = ''] = /```http\n([^`]*)```/.exec(readFileSync(pathOf('docs/deploy.md'), 'utf8')) ?? []
    const documented = block
      .trim()
      .split('\n')
      .map(line => /^([\w-]+): (.*)$/.exec(line)!.slice(1))
    assert.equal(documented.length, 8)
    const hosted = await startWeb({
      port: 0,
      config: {
        ...CONFIG,
        restUrl: 'https://boards.example.co.jp',
        websocketUrl: 'wss://boards.example.co.jp/live',
        signIn: { kind: 'oidc', issuer: 'https://login.example.co.jp', clientId: 'boards', scope: 'openid' },
      },
    })
    t.after(() => hosted.close())
    for (const path of ['/', paths.script, '/none']) {
      const { headers } = await fetch(hosted.url + path)
      for (const [name, value] of documented) assert.equal(headers.get(name!), value)
    }
  })

  it('has a policy in the page itself, for servers without headers', async () => {
    const html = await (await fetch(web.url)).text()
    const [, inPage = ''] = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(html) ?? []
    const policy = (await fetch(web.url)).headers.get('content-security-policy') ?? ''
    // A policy in the page cannot forbid frames, and does not know the addresses of the APIs.
    const withoutPlaces = (text: string): string[] =>
      text
        .split('; ')
        .filter(directive => !directive.startsWith('frame-ancestors'))
        .map(directive => directive.replace(/^(connect-src 'self') .*/, '$1'))
    assert.deepEqual(withoutPlaces(inPage), withoutPlaces(policy))
  })

  it('serves the font files of its style sheet and no other file', async () => {
    const styles = await (await fetch(web.url + paths.fonts)).text()
    const urls = [...styles.matchAll(/url\(([^)]*)\)/g)].map(match => match[1]!)
    assert.ok(urls.length > 200)
    assert.doesNotMatch(styles, /cyrillic|vietnamese|\.woff\)/)
    for (const url of [urls[0], urls.at(-1)]) {
      const response = await fetch(new URL(url!, web.url + paths.fonts))
      assert.equal(response.headers.get('content-type'), 'font/woff2')
      assert.equal(Buffer.from(await response.arrayBuffer()).toString('latin1', 0, 4), 'wOF2')
    }
    for (const path of [
      '/assets/../package.json',
      '/assets/..%2fpackage.json',
      '/assets/none.woff2',
      '/none',
    ]) {
      assert.equal(await statusOf(web.url, path), 404)
    }
  })

  it('refuses every method except GET and HEAD', async () => {
    assert.equal((await fetch(web.url, { method: 'POST' })).status, 405)
  })
})

/** Requests a path exactly as given; fetch would normalise it. */
function statusOf(url: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { path }, response => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
}
