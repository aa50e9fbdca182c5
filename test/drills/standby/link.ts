/** A network link: a TCP proxy between a task and one of the services that it uses, which a drill can cut. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { HOST } from '../../ingest-task/line-and-stream.ts'

/**
 * `refuse`: connections end, and each new connection ends at once. `hang`: nothing passes, and no connection ends; what was
 * sent arrives when the link is healed. `reset`: each connection is reset after {@link RESET_AFTER_MS}.
 */
export type LinkFault = 'refuse' | 'hang' | 'reset'
export const LINK_FAULTS: readonly LinkFault[] = ['refuse', 'hang', 'reset']

/** Life of a connection through a link that resets, ms: long enough to send a request, and often too short for its answer. */
const RESET_AFTER_MS = 100

export interface Link {
  readonly port: number
  cut(fault: LinkFault): void
  heal(): void
  close(): Promise<void>
}

/** One connection: both of its sockets. */
class LinkConnection {
  readonly #ends: readonly [Socket, Socket]
  readonly #ended: () => void
  #isHung = false
  #timer: NodeJS.Timeout | undefined

  constructor(near: Socket, far: Socket, ended: () => void) {
    this.#ends = [near, far]
    this.#ended = ended
    this.#pass(near, far)
    this.#pass(far, near)
  }

  apply(fault: LinkFault): void {
    switch (fault) {
      case 'refuse':
        this.reset()
        return
      case 'hang':
        this.#isHung = true
        for (const end of this.#ends) end.pause()
        return
      case 'reset':
        this.#timer = setTimeout(() => this.reset(), RESET_AFTER_MS)
    }
  }

  heal(): void {
    clearTimeout(this.#timer)
    this.#isHung = false
    for (const end of this.#ends) end.resume()
    if (this.#ends.some(({ destroyed }) => destroyed)) this.#finish()
  }

  reset(): void {
    clearTimeout(this.#timer)
    for (const end of this.#ends) end.resetAndDestroy()
    this.#ended()
  }

  #pass(from: Socket, to: Socket): void {
    from.setNoDelay()
    from.on('data', bytes => {
      if (!to.write(bytes)) from.pause()
    })
    to.on('drain', () => {
      if (!this.#isHung) from.resume()
    })
    from.on('error', () => {})
    from.on('close', () => {
      // The other end of a cut cable notices nothing.
      if (!this.#isHung) this.#finish()
    })
  }

  /** Ends both sockets after everything is written. */
  #finish(): void {
    clearTimeout(this.#timer)
    for (const end of this.#ends) end.destroySoon()
    this.#ended()
  }
}

/** Opens a link to a port of this machine. */
export async function openLink(target: number): Promise<Link> {
  const connections = new Set<LinkConnection>()
  let fault: LinkFault | undefined
  const server = createServer(near => {
    if (fault === 'refuse') {
      near.on('error', () => {})
      near.resetAndDestroy()
      return
    }
    const far = connect({ port: target, host: HOST })
    const connection = new LinkConnection(near, far, () => connections.delete(connection))
    connections.add(connection)
    if (fault !== undefined) connection.apply(fault)
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    cut(how) {
      fault = how
      for (const connection of [...connections]) connection.apply(how)
    },
    heal() {
      fault = undefined
      for (const connection of [...connections]) connection.heal()
    },
    async close() {
      for (const connection of [...connections]) connection.reset()
      server.close()
      await once(server, 'close')
    },
  }
}
