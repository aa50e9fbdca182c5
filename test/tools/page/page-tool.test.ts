/** `npm run page`: the files that it writes, in a browser, from a server that knows only the folder and the headers. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import type { PageConfig } from '../../../client/page/page-config.ts'
import { pageHeaders } from '../../../tools/page/page-headers.ts'
import { openBrowser } from '../../browser.ts'
import { startPageFixture } from '../../client/page/page-fixture.ts'
import { signIn } from '../../client/page/user-sign-in.ts'

const MAIN = join(import.meta.dirname, '../../../tools/page/write-page-main.ts')
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
}
const CONFIG = {
  restUrl: 'https://boards.example.co.jp',
  websocketUrl: 'wss://boards.example.co.jp/live',
  signIn: { kind: 'oidc', issuer: 'https://login.example.co.jp', clientId: 'boards', scope: 'openid prices' },
}
const OUTPUTS = {
  RestUrl: 'https://boards.example.co.jp',
  WebSocketUrl: 'wss://boards.example.co.jp/live',
  TokenIssuer: 'https://cognito-idp.ap-northeast-1.amazonaws.com/ap-northeast-1_abc',
  TokenAudience: 'client1',
  SignInUrl: 'https://itastream-1.auth.ap-northeast-1.amazoncognito.com',
  PageBucket: 'page-bucket',
}

const folder = mkdtempSync(join(tmpdir(), 'itastream-page-'))
const configFile = join(folder, 'config.json')
const out = join(folder, 'page')

async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const stdio = ['ignore', 'pipe', 'pipe'] as const
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: [...stdio],
    env: { ...process.env, ...env },
  })
  const exited = once(child, 'exit')
  const [output, errors, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), exited])
  return { code: code as number, output, errors }
}

async function listen(answer: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer(answer)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://localhost:${(server.address() as AddressInfo).port}` }
}

suite('npm run page', () => {
  before(async () => {
    writeFileSync(configFile, JSON.stringify(CONFIG))
    const { code, output, errors } = await run(['--out', out, '--config', configFile])
    assert.deepEqual([code, errors], [0, ''])
    assert.match(output, /page: \d{3} files, \d\.\d MB\nNext: serve the folder/)
    assert.match(
      output,
      /connect-src 'self' https:\/\/boards\.example\.co\.jp wss:\/\/boards\.example\.co\.jp https:\/\/login\.example\.co\.jp;/,
    )
  })
  after(() => rmSync(folder, { recursive: true }))

  test('writes files that show live boards, from any web server', async t => {
    const fixture = await startPageFixture()
    t.after(() => fixture.close())
    const config = (await (await fetch(`${fixture.url}/config.json`)).json()) as PageConfig
    const files = new Map(
      readdirSync(out, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => [
          join(entry.parentPath, entry.name).slice(out.length),
          join(entry.parentPath, entry.name),
        ]),
    )
    assert.equal(JSON.parse(readFileSync(files.get('/config.json')!, 'utf8')).restUrl, CONFIG.restUrl)
    const headers = pageHeaders(config)
    const { server, url } = await listen(({ url = '/' }, response) => {
      const path = url.replace(/\?.*/, '').replace(/^\/$/, '/index.html')
      const file = files.get(path)
      const type = { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }
      if (path === '/config.json')
        response.writeHead(200, { ...headers, ...type }).end(JSON.stringify(config))
      else if (file === undefined) response.writeHead(404, headers).end()
      else response.writeHead(200, { ...headers, ...type }).end(readFileSync(file))
    })
    const browser = await openBrowser()
    t.after(async () => {
      await browser.close()
      server.close()
      server.closeAllConnections()
    })
    const page = await browser.newPage()
    const problems: string[] = []
    page.on('pageerror', error => problems.push(error.message))
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
    })
    await page.goto(`${url}/#7203`)
    await page.locator('.delayed .ladder .last').waitFor()
    await signIn(page)
    await page.locator('[data-issue="7203"] .live .ladder .last').first().waitFor()
    await page.getByRole('button', { name: 'チャート' }).click()
    await page.locator('.canvas canvas').first().waitFor()
    assert.equal(await page.evaluate('document.fonts.check("16px Noto Sans JP", "板")'), true)
    assert.deepEqual(problems, [])
  })

  test('changes the name of each file below assets with its content, and has the licences of its parts', () => {
    const names = readdirSync(join(out, 'assets'))
    for (const name of names) assert.match(name, /^(\w[\w-]*-[A-Z0-9]{8}\.(js|css)|fonts-\d+\.\d+\.\d+)$/)
    const licences = readFileSync(join(out, 'licences.txt'), 'utf8')
    const packages = [...licences.matchAll(/^([@\w/-]+) \d+\.\d+\.\d+$/gm)].map(([, name]) => name)
    for (const name of ['lit', 'lightweight-charts', 'oauth4webapi', '@fontsource/noto-sans-jp'])
      assert.ok(packages.includes(name), `${name} is missing in ${packages.join(', ')}`)
  })

  test('takes the configuration from the outputs of a stack, and names the commands of the upload', async t => {
    const members = Object.entries(OUTPUTS).map(
      ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
    )
    const asked: string[] = []
    const { server, url } = await listen(async (request, response) => {
      asked.push(await text(request))
      response
        .writeHead(200, { 'content-type': 'text/xml' })
        .end(
          `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
        )
    })
    t.after(() => server.close())
    const target = join(folder, 'of-stack')
    const { code, output, errors } = await run(['--out', target, '--stack', 'Itastream'], {
      AWS_ENDPOINT_URL_CLOUDFORMATION: url,
      AWS_REGION: 'ap-northeast-1',
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
    })
    assert.deepEqual([code, errors], [0, ''])
    assert.match(asked[0] ?? '', /StackName=Itastream/)
    assert.ok(output.includes(`aws s3 sync ${target}/assets s3://page-bucket/assets --cache-control`))
    assert.deepEqual(JSON.parse(readFileSync(join(target, 'config.json'), 'utf8')), {
      restUrl: OUTPUTS.RestUrl,
      websocketUrl: OUTPUTS.WebSocketUrl,
      signIn: {
        kind: 'oidc',
        issuer: OUTPUTS.TokenIssuer,
        clientId: 'client1',
        scope: 'itastream/realtime',
        cognitoUrl: OUTPUTS.SignInUrl,
      },
      clock: 'system',
      issues: ['7203', '6758', '9984', '8306'],
    })
  })

  test('refuses a bad command line, a folder with files and a wrong configuration', async () => {
    assert.match((await run(['--help'])).output, /^Builds the board page as static files/)
    const refused = async (...args: string[]) => {
      const { code, output, errors } = await run(args)
      assert.deepEqual([code, output], [2, ''])
      return errors
    }
    assert.match(await refused('--config', configFile), /--out is missing/)
    assert.match(await refused('--out', out), /expected --stack or --config, got neither/)
    assert.match(await refused('--out', out, '--config', configFile), /expected an empty folder/)
    const wrong = join(folder, 'wrong.json')
    writeFileSync(
      wrong,
      JSON.stringify({ ...CONFIG, restUrl: 'http://x', signIn: { ...CONFIG.signIn, clientSecret: 'x' } }),
    )
    const errors = await refused('--out', join(folder, 'none'), '--config', wrong)
    assert.match(errors, /restUrl: .*https/)
    assert.match(errors, /signIn\.clientSecret/)
  })
})
