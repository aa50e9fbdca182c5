/** Ports on this machine's loopback address. */
import { createServer } from 'node:net'

const HOST = '127.0.0.1'

/** A port that something else is listening on. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError'
}

/** @throws PortInUseError naming the first of `ports` that cannot be had. */
export async function checkPorts(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    await listenOnce(port).catch((cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${cause.code})`
      throw new PortInUseError(`port ${port} ${reason}; choose another first port with --port`, { cause })
    })
  }
}

/** `count` ports that were free a moment ago. */
export function freePorts(count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, () => listenOnce(0)))
}

function listenOnce(port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const server = createServer()
  server.once('error', reject)
  server.listen({ port, host: HOST, exclusive: true }, () => {
    const address = server.address()
    const taken = typeof address === 'object' && address !== null ? address.port : port
    server.close(() => resolve(taken))
  })
  return promise
}
