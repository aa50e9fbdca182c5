/** Ports on this machine's loopback address. */
import { createServer } from 'node:net'

const HOST = '127.0.0.1'

/** A port cannot be used, for example because another program listens on it. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError'
}

/** Checks that all `ports` are free. @throws PortInUseError that names the first port that is not. */
export async function checkPorts(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    await listenOnce(port).catch((cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${cause.code})`
      throw new PortInUseError(`port ${port} ${reason}; choose another first port with --port`, { cause })
    })
  }
}

/** Ports of {@link freePortRange}: below the ephemeral ports that Linux, macOS and Windows hand out. */
const RANGE_START = 12_000
const RANGE_END = 28_000

/** Returns the first of `count` neighbouring ports that were free a moment ago. */
export async function freePortRange(count: number): Promise<number> {
  for (;;) {
    const first = RANGE_START + Math.floor((Math.random() * (RANGE_END - RANGE_START)) / count) * count
    const ports = Array.from({ length: count }, (_, index) => first + index)
    const isFree = await checkPorts(ports).then(
      () => true,
      () => false,
    )
    if (isFree) return first
  }
}

function listenOnce(port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const server = createServer()
  server.once('error', reject)
  server.listen({ port, host: HOST, exclusive: true }, () => {
    server.close(() => resolve())
  })
  return promise
}
