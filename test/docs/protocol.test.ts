import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { inflateRawSync } from 'node:zlib'
import { type WebSocket, WebSocketServer } from 'ws'
import { type BoardEvent, connect, type Itastream } from '../../client/itastream.ts'
import { readMessage } from '../../functions/message/client-message.ts'
import { DICTIONARY } from '../../market/deflate-dictionary.ts'
import { type ClientMessage, type ServerMessage, SUBPROTOCOL } from '../../market/protocol.ts'
import { PROTOCOL_ERRORS } from '../../market/protocol-errors.ts'
import { readCompressed } from '../compressed-text.ts'
import { until } from '../until.ts'

const ROOT = join(import.meta.dirname, '../..')

describe('docs/protocol.md', () => {
  let text: string
  let server: WebSocketServer
  let url: string
  const received: ClientMessage[] = []
  let socket: WebSocket | undefined
  before(async () => {
    text = await readFile(join(ROOT, 'docs/protocol.md'), 'utf8')
    server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => SUBPROTOCOL })
    server.on('connection', opened => {
      socket = opened
      opened.on('message', data => received.push(readMessage(String(data))))
    })
    await new Promise(resolve => server.once('listening', resolve))
    url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/live`
  })
  after(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })

  it('shows a conversation that the client has, message by message', async t => {
    const client = connect({ url, token: async () => 'token' })
    t.after(() => client.close())
    const boards: BoardEvent[] = []
    const otherEvents: string[] = []
    for (const name of ['line', 'phase', 'news', 'issues'] as const)
      client.on(name, event => otherEvents.push(event.type))
    client.on('error', error => otherEvents.push(error.code))
    const off = ['7203', '130A', '1999'].map(issue => client.subscribe(issue, event => boards.push(event)))
    for (const { from, json, sent } of examples(text)) {
      if (from === 'server') {
        socket?.send(sent)
        continue
      }
      const expected = readMessage(JSON.stringify(json))
      const send = SENDING[expected.action]
      if (send === undefined) continue
      send(client, off, expected, event => boards.push(event))
      await until(() => received.length > 0, `a request to ${expected.action}`)
      const message = received.shift()
      assert.deepEqual(message, expected.action === 'ping' ? { action: 'ping' } : expected)
    }
    await until(() => otherEvents.length === 9, 'nine events that are not boards')
    await until(() => boards.length === 7, 'seven boards')
    assert.deepEqual(otherEvents, [
      'unknown-issue',
      'phase',
      'line',
      'line',
      'line',
      'phase',
      'news',
      'issues',
      'token-expired',
    ])
    assert.deepEqual(
      boards.map(({ board, snapshot, lost, trades }) => [
        board.sequence,
        snapshot,
        lost,
        trades.map(one => one.quantity),
      ]),
      [
        [48120, true, undefined, []],
        [48133, false, undefined, [400, 3000]],
        [48131, true, undefined, []],
        [48140, false, undefined, []],
        [48139, false, true, []],
        [48147, true, undefined, []],
        [48159, false, undefined, [1000, 2400]],
      ],
    )
    assert.deepEqual(boards[1]?.board.asks, [
      [2188.5, 17900],
      [2189, 19700],
    ])
    assert.deepEqual([boards[1]?.high, boards[1]?.low], [2188, 2188])
    assert.deepEqual(client.board('6758'), {
      issue: '6758',
      view: 'quote',
      date: '2026-11-20',
      line: 1,
      sequence: 48140,
      time: '2026-11-20T09:31:05.620118+09:00',
      last: { price: 3104, time: '2026-11-20T09:31:05.568118+09:00' },
      volume: 5120400,
      turnover: 15893721600,
      vwap: 3104,
      asks: [[3106, 1500]],
      bids: [[3104, 800]],
    })
    assert.deepEqual([boards[3]?.high, boards[3]?.low], [3104, 3104])
    assert.deepEqual(boards[5]?.board.bids[0], [2187.5, 1900])
  })

  it('shows a program that runs', async () => {
    received.length = 0
    const [program, loop] = [...text.matchAll(/```ts\n(.*?)```/gs)].map(match => match[1]!)
    const replaced = `${program!}\nconst loop = (async () => {\n${loop!}})()\n`
      .replace("'./client/itastream.ts'", `'${pathToFileURL(join(ROOT, 'client/itastream.ts'))}'`)
      .replace('wss://example.com/live', url)
      .replaceAll('console.log', 'print')
    const folder = await mkdtemp(join(tmpdir(), 'itastream-protocol-'))
    try {
      const file = join(folder, 'program.ts')
      const head = "const accessToken = 'token'\nconst print = (..._: unknown[]) => {}\n"
      await writeFile(file, `${head}${replaced}\nexport { client, loop, unsubscribe }\n`)
      const { client, loop, unsubscribe } = (await import(String(pathToFileURL(file)))) as {
        client: Itastream
        loop: Promise<void>
        unsubscribe: () => void
      }
      await until(() => received.length === 1, 'a subscription')
      assert.deepEqual(received[0], { action: 'subscribe', issues: ['7203', '6758'], id: 1 })
      unsubscribe()
      client.close()
      await loop
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('shows a request for missed trades that the server takes', () => {
    const [, shown = ''] = /```json\n(\{\n {2}"action": "subscribe".*?)```/s.exec(text) ?? []
    assert.deepEqual(readMessage(shown), JSON.parse(shown))
    assert.match(shown, /"since"/)
  })

  it('shows functions that read both forms of a message', async () => {
    const messages = examples(text).filter(({ from }) => from === 'server')
    assert.equal(messages.filter(({ sent }) => !sent.startsWith('{"')).length, 1)
    for (const runtime of ['browser', 'node']) {
      const code = `${codeOf(text, 'js bytes')}${codeOf(text, `js ${runtime}`)}return read`
      const read = new Function('inflateRawSync', 'DICTIONARY', code)(inflateRawSync, DICTIONARY) as (
        text: string,
      ) => unknown
      for (const { sent, json } of messages) assert.deepEqual(await read(sent), json)
    }
  })

  it('shows the dictionary, and the first pair of a compressed message', () => {
    assert.equal(codeOf(text, 'text dictionary').replaceAll('\n', ''), DICTIONARY)
    const [, pair = '', low, high, number = ''] =
      /The pair `(..)` of the example is (\d+) \+ 91 × (\d+) = ([\d,]+)\./.exec(text) ?? []
    const compressed = examples(text).find(({ sent }) => !sent.startsWith('{"'))
    assert.equal(compressed?.sent.slice(0, 2), pair)
    assert.deepEqual([pair.charCodeAt(0), pair.charCodeAt(1)], [36 + Number(low), 36 + Number(high)])
    assert.equal(Number(low) + 91 * Number(high), Number(number.replace(',', '')))
  })

  it('has a row for every error, with its number', () => {
    const [, errors = ''] = text.split('\n## Errors\n')
    const [table = ''] = errors.split('\n## ')
    const rows = [...table.matchAll(/^\| `([a-z-]+)` +\| (\d+) +\|/gm)].map(([, code, number]) => [
      code,
      Number(number),
    ])
    const known = Object.entries(PROTOCOL_ERRORS).map(([code, { number }]) => [code, number])
    assert.deepEqual(rows, known)
  })

  it('shows every type of message', () => {
    const kinds = examples(text).map(({ json }) => ('action' in json ? json.action : json.type))
    assert.deepEqual(new Set(kinds), new Set(Object.keys(KINDS)))
  })
})

/**
 * How a test makes the client send each action. For an action that the client does not send, only the server's schema
 * checks the example.
 */
const SENDING: Readonly<
  Record<
    ClientMessage['action'],
    | ((
        client: Itastream,
        off: (() => void)[],
        message: ClientMessage,
        listener: (event: BoardEvent) => void,
      ) => void)
    | undefined
  >
> = {
  subscribe(client, _, message, listener) {
    // The first subscription is that of the test.
    if (message.action !== 'subscribe' || message.view === undefined) return
    for (const issue of message.issues) client.subscribe(issue, listener, { view: message.view })
  },
  // The client sends it by itself, after a break in the sequence.
  snapshot: () => {},
  unsubscribe: (_, off) => off[1]?.(),
  pace: (client, _, message) => message.action === 'pace' && client.setPace(message.pace),
  ping: client => client.check(),
  token: undefined,
}

/** Every kind of message, so that a new kind does not compile before it is listed here. */
const KINDS: Readonly<Record<ClientMessage['action'] | ServerMessage['type'], true>> = {
  subscribe: true,
  unsubscribe: true,
  pace: true,
  snapshot: true,
  ping: true,
  updates: true,
  subscribed: true,
  unsubscribed: true,
  pong: true,
  token: true,
  end: true,
  error: true,
}

interface Example {
  readonly from: 'app' | 'server'
  readonly json: ClientMessage | ServerMessage
  /** The text of the message. */
  readonly sent: string
}

/** Returns the text of the first code block of a kind. */
function codeOf(text: string, kind: string): string {
  const [, code] = new RegExp(`\`\`\`${kind}\n(.*?)\`\`\``, 's').exec(text) ?? []
  assert.ok(code, `expected a block \`\`\`${kind}`)
  return code
}

function examples(text: string): Example[] {
  return [...text.matchAll(/```(json|text) (app|server)\n(.*?)```/gs)].map(([, form, from, shown]) => {
    const compressed = shown!.replaceAll('\n', '')
    const json = form === 'json' ? shown! : readCompressed(compressed)
    const parsed = JSON.parse(json) as ClientMessage | ServerMessage
    return {
      from: from as Example['from'],
      json: parsed,
      sent: form === 'json' ? JSON.stringify(parsed) : compressed,
    }
  })
}
