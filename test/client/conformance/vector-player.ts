/** Plays a vector through the client over a real WebSocket, and returns the vector with what the client did. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { type BoardEvent, connect, type Itastream } from '../../../client/itastream.ts'
import { type ClientMessage, SUBPROTOCOL } from '../../../market/protocol.ts'
import type { Yen } from '../../../market/units.ts'
import { until } from '../../until.ts'
import { TIMING } from '../client-harness.ts'
import type { Vector, VectorEvent, VectorStep } from './vector.ts'

const MARK_TIME = '2026-11-20T09:00:00.000000+09:00'

/** Longer than a vector takes, so that time alone causes no request. */
const LONG_MS = 60_000

/**
 * @param open opens the client.
 * @throws Error if the client does not connect, or does not send a request that the vector has.
 */
export async function playVector({ compressed, steps }: Vector, open = connect): Promise<VectorStep[]> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => SUBPROTOCOL })
  await once(server, 'listening')
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/live`
  // The tokens of a recording have ended.
  const renews = steps.some(step => 'send' in step && step.send.action === 'token')
  const client = open({
    url,
    token: async () => 'token',
    compression: compressed,
    timing: {
      ...TIMING,
      answerTimeout: LONG_MS,
      retryPause: LONG_MS,
      handOverTimeout: LONG_MS,
      renewal: renews ? TIMING.renewal : { ...TIMING.renewal, shortest: LONG_MS },
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
  let marks = 0
  let lastMark = ''
  /** Connections that the client has lost. */
  let losses = 0
  /** Connections of the steps so far, the oldest first. */
  const sockets: WebSocket[] = []
  server.on('connection', connection => {
    opened.push(connection)
    connection.on('message', data => requests.push(JSON.parse(String(data)) as ClientMessage))
  })
  const last = new Map<string, { readonly board: BoardEvent['board']; readonly basePrice: Yen | undefined }>()
  client.on('board', event => {
    const { issue, board, trades, lost } = event
    const before = last.get(issue)
    const basePrice = client.basePrice(issue)
    last.set(issue, { board, basePrice })
    // A vector lacks boards that are repeated for their base price.
    const isPriced = board === before?.board && basePrice !== before.basePrice
    if (!isPriced || trades.length > 0 || lost) events.push(vectorEvent(event))
  })
  client.on('state', ({ state }) => {
    if (state === 'reconnecting') losses++
  })
  client.on('news', ({ headline }) => {
    lastMark = headline
  })

  async function receive(text: string, socket: WebSocket | undefined): Promise<VectorEvent[]> {
    events = []
    socket?.send(text)
    // The client reports each news after the messages before it.
    const headline = `mark ${++marks}`
    const mark = { type: 'news', time: MARK_TIME, headline, issues: [] }
    socket?.send(JSON.stringify({ type: 'updates', updates: [], events: [mark] }))
    // After the message `end` the client closes the connection.
    await until(() => lastMark === headline || isClosed(socket), 'the end of a message')
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
      sockets.push(...opened.splice(0, 1))
      played.push(step)
    } else if ('disconnect' in step) {
      const before = losses
      sockets.pop()?.terminate()
      await until(() => losses > before, 'the end of the connection')
      played.push(step)
    } else if ('closed' in step) {
      const oldest = sockets.shift()
      await until(() => isClosed(oldest), 'the close of the oldest connection')
      played.push(step)
    } else if ('send' in step) {
      await until(() => requests.length > 0, `the request ${JSON.stringify(step.send)}`)
      played.push({ send: requests.shift()! })
    } else {
      const { receive: text, old } = step
      const found = await receive(text, sockets.at(old ? 0 : -1))
      played.push({
        receive: text,
        ...(old ? { old } : {}),
        ...(found.length === 0 ? {} : { events: found }),
      })
    }
  }
  // A ping is sent after every other request.
  client.check()
  await until(() => requests.some(({ action }) => action === 'ping'), 'a ping')
  const unexpected = requests.filter(({ action }) => action !== 'ping')
  return [...played, ...unexpected.map(send => ({ send }))]
}

function isClosed(socket: WebSocket | undefined): boolean {
  return socket?.readyState !== WebSocket.OPEN
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
