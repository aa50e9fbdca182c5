/** Plays a vector through the client over a real WebSocket, and returns the vector with what the client did. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { type BoardEvent, connect, type Itastream } from '../../../client/itastream.ts'
import { type ClientMessage, SUBPROTOCOL } from '../../../market/protocol.ts'
import { until } from '../../until.ts'
import { TIMING } from '../client-harness.ts'
import type { Vector, VectorEvent, VectorStep } from './vector.ts'

/** Longer than a vector takes, so that time alone causes no request. */
const LONG_MS = 60_000

/** @throws Error if the client does not connect, or does not send a request that the vector has. */
export async function playVector({ compressed, steps }: Vector): Promise<VectorStep[]> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => SUBPROTOCOL })
  await once(server, 'listening')
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/live`
  const client = connect({
    url,
    token: async () => 'token',
    compression: compressed,
    // The tokens of a recording have ended.
    timing: {
      ...TIMING,
      answerTimeout: LONG_MS,
      retryPause: LONG_MS,
      renewal: { ...TIMING.renewal, shortest: LONG_MS },
    },
  })
  try {
    return await play(server, client, steps)
  } finally {
    client.close()
    for (const socket of server.clients) socket.terminate()
    server.close()
  }
}

async function play(
  server: WebSocketServer,
  client: Itastream,
  steps: readonly VectorStep[],
): Promise<VectorStep[]> {
  const opened: WebSocket[] = []
  const requests: ClientMessage[] = []
  const subscriptions = new Map<string, () => void>()
  let events: VectorEvent[] = []
  let stretch = 1
  /** Connections that the client has lost. */
  let losses = 0
  let socket: WebSocket | undefined
  server.on('connection', connection => {
    opened.push(connection)
    connection.on('message', data => requests.push(JSON.parse(String(data)) as ClientMessage))
  })
  client.on('board', event => events.push(vectorEvent(event)))
  client.on('state', ({ state }) => {
    if (state === 'reconnecting') losses++
  })
  client.on('stretch', event => {
    stretch = event.factor
  })

  async function receive(text: string): Promise<VectorEvent[]> {
    events = []
    socket?.send(text)
    // The client reports each stretch after the messages before it.
    const mark = stretch + 1
    socket?.send(JSON.stringify({ type: 'updates', updates: [], stretch: mark }))
    await until(() => stretch === mark, 'the end of a message')
    return events
  }

  const played: VectorStep[] = []
  for (const step of steps) {
    if ('subscribe' in step) {
      const { subscribe: issue, view, trades } = step
      const before = subscriptions.get(issue)
      const options = view === 'board' ? { view } : { view, trades }
      subscriptions.set(
        issue,
        client.subscribe(issue, () => {}, options),
      )
      before?.()
      played.push(step)
    } else if ('unsubscribe' in step) {
      subscriptions.get(step.unsubscribe)?.()
      subscriptions.delete(step.unsubscribe)
      played.push(step)
    } else if ('connect' in step) {
      await until(() => opened.length > 0 && client.state === 'connected', 'a connection')
      socket = opened.shift()
      played.push(step)
    } else if ('disconnect' in step) {
      const before = losses
      socket?.terminate()
      await until(() => losses > before, 'the end of the connection')
      played.push(step)
    } else if ('send' in step) {
      await until(() => requests.length > 0, `the request ${JSON.stringify(step.send)}`)
      played.push({ send: requests.shift()! })
    } else {
      const found = await receive(step.receive)
      played.push({ receive: step.receive, ...(found.length === 0 ? {} : { events: found }) })
    }
  }
  // A ping is sent after every other request.
  client.check()
  await until(() => requests.some(({ action }) => action === 'ping'), 'a ping')
  const unexpected = requests.filter(({ action }) => action !== 'ping')
  return [...played, ...unexpected.map(send => ({ send }))]
}

/** Returns what a vector has of an event. Whether a board came whole is no matter of the result. */
function vectorEvent({ board, trades, high, low, lost }: BoardEvent): VectorEvent {
  return {
    board,
    trades,
    ...(high === undefined ? {} : { high }),
    ...(low === undefined ? {} : { low }),
    ...(lost === undefined ? {} : { lost }),
  }
}
