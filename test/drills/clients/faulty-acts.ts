/** What a faulty client does in each fault, from the moment of the fault to its end. */
import { below, type Random } from '../../../local/exchange/random.ts'
import type { FaultName } from './client-faults.ts'
import type { DrillClient } from './drill-client.ts'

/** Time between two messages of a client that sends rubbish, and of a client that floods (ms). */
const RUBBISH_EVERY_MS = 1_000
const FLOOD_EVERY_MS = 400
/** Issues of a message of a flood. */
const FLOOD_ISSUES = 20

/** Messages that are no message, or above a limit of API Gateway: 32 KB a frame, 128 KB a message, text only. */
const RUBBISH: readonly (string | Uint8Array)[] = [
  '',
  'no json',
  '{"action":',
  'null',
  '[1,2,3]',
  '{"action":"explode","id":1}',
  '{"action":"subscribe","issues":"7203"}',
  '{"action":"subscribe","issues":["none","7203\\u0000",1]}',
  '{"action":"snapshot","issues":[]}',
  '['.repeat(30_000),
  JSON.stringify({ action: 'ping', id: 'x'.repeat(30_000) }),
  JSON.stringify({ action: 'subscribe', issues: Array(5_000).fill('9999') }),
  '板'.repeat(20_000),
  'x'.repeat(200_000),
  new Uint8Array([0xff, 0xfe, 0x00]),
]

/** Starts the fault of a client. @returns a function that ends it. */
export function startFault(
  fault: FaultName,
  client: DrillClient,
  random: Random,
  allIssues: readonly string[],
): () => void {
  const { socket } = client
  switch (fault) {
    case 'reconnect':
      socket?.terminate()
      return () => {}
    case 'vanish':
      socket?.terminate()
      client.close()
      return client.open
    case 'stall':
      socket?.pause()
      return () => socket?.resume()
    case 'rubbish':
      return sendRegularly(client, RUBBISH_EVERY_MS, random, () => RUBBISH[below(random, RUBBISH.length)]!)
    case 'flood':
      return sendRegularly(client, FLOOD_EVERY_MS, random, () => floodMessage(random, allIssues))
    case 'throttle':
    case 'crash':
      throw new Error(`expected a fault of clients, got ${fault}`)
  }
}

/** Sends a message again and again, on whichever connection the client has. @returns a function that ends it. */
function sendRegularly(
  client: DrillClient,
  everyMs: number,
  random: Random,
  message: () => string | Uint8Array,
): () => void {
  const send = (): void => {
    const { socket } = client
    if (socket?.readyState === socket?.OPEN) socket?.send(message())
    timer = setTimeout(send, everyMs)
  }
  // The clients do not send all at once.
  let timer = setTimeout(send, below(random, everyMs))
  return () => {
    clearTimeout(timer)
    // The server may hold other issues than the client library expects. A new connection starts afresh.
    client.socket?.terminate()
  }
}

function floodMessage(random: Random, allIssues: readonly string[]): string {
  const action = (['subscribe', 'subscribe', 'unsubscribe', 'snapshot'] as const)[below(random, 4)]
  const issues = Array.from({ length: FLOOD_ISSUES }, () => allIssues[below(random, allIssues.length)]!)
  return JSON.stringify({ action, issues: [...new Set(issues)], id: below(random, 1_000) })
}
