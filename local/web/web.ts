/** Serves the board page. The bundle is built at start and kept in memory; the content security policy is strict. */
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { build, stop } from 'esbuild'
import type { PageConfig } from '../../client/page/page-config.ts'
import type { SystemJson } from '../../client/page/system-state.ts'
import { fontFile, fontStyles } from './fonts.ts'

const PAGE = join(import.meta.dirname, '../../client/page')
const TYPES = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  json: 'application/json',
} as const

/** Path of the state of the system: the `systemUrl` of the page. */
export const SYSTEM_PATH = '/system.json'

export interface Web {
  readonly url: string
  close(): Promise<void>
}

interface Asset {
  readonly type: string
  readonly gzipped: Uint8Array
}

/** Serves the page on the loopback address; port 0 takes a free port. */
export async function startWeb(options: {
  readonly port: number
  readonly config: PageConfig
  /** Returns the state of the system, for {@link SYSTEM_PATH}. Absent: there is no such path. */
  readonly system?: () => SystemJson
}): Promise<Web> {
  const assets = await loadAssets(options.config)
  const headers = {
    'content-security-policy': policy(options.config),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { ...headers, allow: 'GET, HEAD' }).end()
      return
    }
    const asset = assets.get(path)
    if (asset !== undefined) {
      // Never cached: an old page with new data would be hard to explain.
      const fresh = { 'content-type': asset.type, 'content-encoding': 'gzip', 'cache-control': 'no-store' }
      response.writeHead(200, { ...headers, ...fresh }).end(asset.gzipped)
      return
    }
    if (path === SYSTEM_PATH && options.system !== undefined) {
      response.writeHead(200, { ...headers, 'content-type': TYPES.json, 'cache-control': 'no-store' })
      response.end(JSON.stringify(options.system()))
      return
    }
    const font = path.startsWith('/fonts/') ? await fontFile(basename(path)) : undefined
    if (font === undefined) {
      response
        .writeHead(404, { ...headers, 'content-type': 'text/plain; charset=utf-8' })
        .end(`nothing at ${path}`)
      return
    }
    const kept = { 'content-type': 'font/woff2', 'cache-control': 'public, max-age=86400' }
    response.writeHead(200, { ...headers, ...kept }).end(font)
  }

  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(options.port, '127.0.0.1', () => resolve()),
  )
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function loadAssets(config: PageConfig): Promise<ReadonlyMap<string, Asset>> {
  const [bundle, html, icon, fonts] = await Promise.all([
    build({
      entryPoints: { page: join(PAGE, 'page-main.ts') },
      bundle: true,
      write: false,
      outdir: 'out',
      format: 'esm',
      target: 'es2024',
      minify: true,
      // The chart is a file of its own, which the page loads with the first chart.
      splitting: true,
      chunkNames: '[name]-[hash]',
    }),
    readFile(join(PAGE, 'index.html')),
    readFile(join(PAGE, 'favicon.svg')),
    fontStyles(),
  ])
  const styles = await build({
    entryPoints: { page: join(PAGE, 'page.css') },
    bundle: true,
    write: false,
    outdir: 'out',
    minify: true,
  })
  const files: readonly (readonly [path: string, type: keyof typeof TYPES, content: string | Uint8Array])[] =
    [
      ['/', 'html', html],
      ['/favicon.svg', 'svg', icon],
      ['/fonts.css', 'css', fonts],
      ...bundle.outputFiles.map(({ path, contents }) => [`/${basename(path)}`, 'js', contents] as const),
      ['/page.css', 'css', styles.outputFiles[0]!.contents],
      ['/config.json', 'json', JSON.stringify(config)],
    ]
  // esbuild runs in a child process, which would stay alive.
  await stop()
  const entries = files.map(async ([path, type, content]) => {
    return [path, { type: TYPES[type], gzipped: await promisify(gzip)(content) }] as const
  })
  return new Map(await Promise.all(entries))
}

/** Returns the content security policy: the page may load files of this server and call the configured APIs only. */
function policy({ restUrl, websocketUrl, signIn }: PageConfig): string {
  const urls = [restUrl, websocketUrl, ...(signIn.kind === 'local' ? [signIn.tokenUrl] : [])]
  const origins = [...new Set(urls.map(url => originOf(url)))]
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${origins.join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function originOf(url: string): string {
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}
