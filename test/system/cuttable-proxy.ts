/** A TCP proxy whose connections a test can cut, as a network does that fails. */
import { connect, createServer, type Socket } from 'node:net'

export interface CuttableProxy {
  /** The WebSocket address of the target, through the proxy. */
  readonly url: string
  /** Refuses connections. */
  isDown: boolean
  /** The connections that were accepted so far. */
  readonly count: number
  /** Destroys all connections. */
  cut(): void
  close(): Promise<void>
}

/** @param target a WebSocket address, `ws://host:port/path`. */
export async function openProxy(target: string): Promise<CuttableProxy> {
  const { hostname, port, pathname } = new URL(target)
  const sockets = new Set<Socket>()
  let count = 0
  const server = createServer(app => {
    if (proxy.isDown) {
      app.destroy()
      return
    }
    count++
    const upstream = connect(Number(port), hostname)
    for (const [socket, other] of [
      [app, upstream],
      [upstream, app],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    app.pipe(upstream).pipe(app)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port')
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const proxy: CuttableProxy = {
    url: `ws://127.0.0.1:${address.port}${pathname}`,
    isDown: false,
    get count() {
      return count
    },
    cut,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        cut()
      }),
  }
  return proxy
}
