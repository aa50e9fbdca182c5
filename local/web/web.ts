/** Serves the board page. The bundle is built at start and kept in memory; the content security policy is strict. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { PageConfig } from '../../client/page/page-config.ts'
import type { SystemJson } from '../../client/page/system-state.ts'
import { buildPage, type PageFile } from '../../tools/page/build-page.ts'
import { pageHeaders } from '../../tools/page/page-headers.ts'

/** Path of the state of the system: the `systemUrl` of the page. */
export const SYSTEM_PATH = '/system.json'

const FONT_CACHE = { 'cache-control': 'public, max-age=86400' }

export interface Web {
  readonly url: string
  close(): Promise<void>
}

/** Serves the page on the loopback address; port 0 takes a free port. */
export async function startWeb(options: {
  readonly port: number
  readonly config: PageConfig
  /** Returns the state of the system, for {@link SYSTEM_PATH}. Absent: there is no such path. */
  readonly system?: () => SystemJson
}): Promise<Web> {
  const files = new Map((await buildPage()).map(file => [`/${file.path}`, file]))
  const headers = pageHeaders(options.config)

  async function sendFile({ type, read }: PageFile, response: ServerResponse): Promise<void> {
    const content = await read()
    // A font is compressed already.
    const isText = !type.startsWith('font/')
    response
      .writeHead(200, {
        ...headers,
        'content-type': type,
        // Text is never cached: an old page with new data would be hard to explain.
        ...(isText ? { 'content-encoding': 'gzip', 'cache-control': 'no-store' } : FONT_CACHE),
      })
      .end(isText ? await promisify(gzip)(content) : content)
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { ...headers, allow: 'GET, HEAD' }).end()
      return
    }
    const file = files.get(path === '/' ? '/index.html' : path)
    if (file !== undefined) return sendFile(file, response)
    const json = jsonOf(path)
    if (json !== undefined) {
      const fresh = { 'content-type': 'application/json', 'cache-control': 'no-store' }
      response.writeHead(200, { ...headers, ...fresh }).end(JSON.stringify(json))
      return
    }
    response
      .writeHead(404, { ...headers, 'content-type': 'text/plain; charset=utf-8' })
      .end(`nothing at ${path}`)
  }

  function jsonOf(path: string): object | undefined {
    if (path === '/config.json') return options.config
    return path === SYSTEM_PATH ? options.system?.() : undefined
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
