/** A proxy between a client and the WebSocket of the system, which records what passes, and can lose messages. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { type ClientMessage, SUBPROTOCOL } from '../../../market/protocol.ts'
import type { VectorStep } from './vector.ts'

export class RecordingProxy {
  readonly url: string
  readonly steps: VectorStep[] = []
  /** Messages of the server to lose from now on. */
  toLose = 0
  /** Whether new connections are refused. */
  isRefusing = false
  readonly #http: Server
  readonly #server: WebSocketServer

  static async start(target: string): Promise<RecordingProxy> {
    const http = createServer()
    await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
    return new RecordingProxy(http, target)
  }

  private constructor(http: Server, target: string) {
    this.url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/live`
    this.#http = http
    this.#server = new WebSocketServer({
      server: http,
      handleProtocols: () => SUBPROTOCOL,
      verifyClient: () => !this.isRefusing,
    })
    this.#server.on('connection', (near, request) => {
      const { search } = new URL(request.url ?? '/', this.url)
      const far = new WebSocket(`${target}${search}`, request.headers['sec-websocket-protocol']?.split(/, */))
      this.steps.push({ connect: true })
      const early: string[] = []
      near.on('message', data => {
        const text = String(data)
        this.steps.push({ send: JSON.parse(text) as ClientMessage })
        if (far.readyState === WebSocket.OPEN) far.send(text)
        else early.push(text)
      })
      far.on('open', () => {
        for (const text of early) far.send(text)
      })
      far.on('message', data => this.#pass(near, String(data)))
      far.on('error', () => near.terminate())
      near.on('close', () => far.terminate())
    })
  }

  #pass(near: WebSocket, text: string): void {
    if (near.readyState !== WebSocket.OPEN) return
    if (this.toLose > 0) {
      this.toLose--
      return
    }
    this.steps.push({ receive: text })
    near.send(text)
  }

  /** Cuts the connection of the client. */
  cut(): void {
    this.steps.push({ disconnect: true })
    for (const socket of this.#server.clients) socket.terminate()
  }

  close(): void {
    for (const socket of this.#server.clients) socket.terminate()
    this.#server.close()
    this.#http.close()
    this.#http.closeAllConnections()
  }
}
