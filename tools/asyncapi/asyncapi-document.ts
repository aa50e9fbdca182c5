/** The AsyncAPI 3 document of the WebSocket protocol: docs/asyncapi.yaml. */
import { stringify } from 'yaml'
import {
  type ClientMessage,
  ENCODINGS,
  FASTEST_PACE_MS,
  type ServerMessage,
  SLOWEST_PACE_MS,
  SUBPROTOCOL,
} from '../../market/protocol.ts'
import { PROTOCOL_ERRORS } from '../../market/protocol-errors.ts'
import { messageSchemas, type Schema } from './message-schemas.ts'
import type { ProtocolExamples } from './protocol-examples.ts'

/** The version of the document. It grows with the messages: the rule is in docs/protocol.md, Versions. */
const VERSION = '1.1.0'

type Action = ClientMessage['action']
type Answer = ServerMessage['type']

/** What a message is for. A message of the types without an entry does not compile. */
const APP_SUMMARIES: Readonly<Record<Action, string>> = {
  subscribe: 'Subscribes to issues (銘柄) in a view.',
  unsubscribe: 'Ends the subscriptions of issues.',
  snapshot: 'Requests the whole boards (板) of subscribed issues, for example after a gap in their sequence.',
  pace: 'Requests a pace: the shortest time between two messages with updates.',
  token: 'Renews the access token of the connection. The new token belongs to the same user.',
  ping: 'Asks whether the connection works. It keeps a quiet connection open.',
}
const SERVER_SUMMARIES: Readonly<Record<Answer, string>> = {
  updates: 'What has changed since the message of this type before: events, missed trades and boards.',
  subscribed:
    'The issues to which the connection is subscribed now, with the status of the market and whole boards.',
  snapshot: 'Whole boards of subscribed issues.',
  pace: 'The pace that the server grants.',
  unsubscribed: 'The issues to which the connection is no longer subscribed.',
  token: 'The expiry of the renewed token.',
  pong: 'The answer to a ping, with the time of the market.',
  end: 'The server closes the connection after this message, for the reason that it states.',
  error: 'A request cannot be served. The connection stays open.',
}

/** The messages that answer an action. */
const ANSWERS: Readonly<Record<Action, readonly Answer[]>> = {
  subscribe: ['subscribed', 'snapshot', 'error'],
  unsubscribe: ['unsubscribed', 'error'],
  snapshot: ['snapshot', 'error'],
  pace: ['pace', 'error'],
  token: ['token', 'error'],
  ping: ['pong', 'error'],
}
/** The messages that the server sends without a request. */
const UNASKED: readonly Answer[] = ['updates', 'end']

/** Returns the document as YAML. @param examples the messages of docs/protocol.md. */
export function asyncApiYaml(examples: ProtocolExamples): string {
  return stringify(asyncApiDocument(examples), { lineWidth: 120, aliasDuplicateObjects: false })
}

function asyncApiDocument(examples: ProtocolExamples): object {
  const { app, server, types } = messageSchemas(false)
  const appMessages = [...app].map(([action, payload]) => {
    const name = appName(action as Action)
    return [
      name,
      messageOf(name, APP_SUMMARIES[action as Action], payload, examples.app.get(action)),
    ] as const
  })
  const serverMessages = [...server].map(([type, payload]) => {
    const name = type as Answer
    return [name, messageOf(name, SERVER_SUMMARIES[name], payload, examples.server.get(type))] as const
  })
  const messages = Object.fromEntries([...appMessages, ...serverMessages])
  return {
    asyncapi: '3.1.0',
    info: { ...INFO, description: description() },
    defaultContentType: 'application/json',
    servers: SERVERS,
    channels: {
      live: {
        address: '/live',
        title: 'A connection',
        summary: 'JSON texts in both directions, one object a text.',
        messages: refs(Object.keys(messages), name => `#/components/messages/${name}`),
        bindings: { ws: { method: 'GET', query: QUERY, bindingVersion: '0.1.0' } },
      },
    },
    operations: operations(),
    components: { messages, schemas: Object.fromEntries(types), securitySchemes: SECURITY },
  }
}

/** Returns the name of an action's message. Some answers have the name of their action. */
function appName(action: Action): string {
  return `request-${action}`
}

function messageOf(name: string, summary: string, payload: Schema, examples: readonly Schema[] = []): Schema {
  return {
    name,
    title: name,
    summary,
    payload,
    ...(examples.length === 0 ? {} : { examples: examples.map(example => ({ payload: example })) }),
  }
}

/** Returns an operation for each action, with its answers, and one for each message that comes unasked. */
function operations(): object {
  const asked = (Object.keys(ANSWERS) as Action[]).map(action => [
    action,
    {
      action: 'receive',
      title: action,
      summary: APP_SUMMARIES[action],
      channel: { $ref: LIVE },
      messages: [messageRef(appName(action))],
      reply: { channel: { $ref: LIVE }, messages: ANSWERS[action].map(messageRef) },
    },
  ])
  const unasked = UNASKED.map(type => [
    `send-${type}`,
    {
      action: 'send',
      title: type,
      summary: SERVER_SUMMARIES[type],
      channel: { $ref: LIVE },
      messages: [messageRef(type)],
    },
  ])
  return Object.fromEntries([...asked, ...unasked])
}

const LIVE = '#/channels/live'

function messageRef(name: string): object {
  return { $ref: `${LIVE}/messages/${name}` }
}

function refs(names: readonly string[], target: (name: string) => string): object {
  return Object.fromEntries(names.map(name => [name, { $ref: target(name) }]))
}

const INFO = {
  title: 'itastream',
  version: VERSION,
  license: { name: 'Apache 2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
}

function description(): string {
  const errors = Object.entries(PROTOCOL_ERRORS).map(
    ([code, { number, sentence }]) => `| ${number} | \`${code}\` | ${sentence} |`,
  )
  return `The order boards (板) of the whole Tokyo market over WebSocket, in real time, for registered users. The server
*receives* the actions of an app and *sends* the messages of the server. [protocol.md](protocol.md) describes the same protocol
in prose, with the order in which an app applies messages. \`test/docs/asyncapi.test.ts\` compares this document with the
messages of a running system.

## Rules

- A member without a value is absent, never zero. Prices and turnover are in yen, quantities and volumes in shares.
- An app ignores members, messages and events that it does not know: a newer server may send them.
- Text without a \`type\` is an error of API Gateway, for example \`{"message":"Too Many Requests"}\`.
- A text that does not begin with \`{"\` is a compressed message of type \`updates\` (parameter \`encoding\`).

## Errors

Apps decide by the code or the number. Numbers never change.

| number | code | meaning |
| ------ | ---- | ------- |
${errors.join('\n')}
`
}

const SERVERS = {
  deployment: {
    host: '{host}',
    protocol: 'wss',
    description: 'A deployment. The output RealtimeUrl of the stack has its address.',
    variables: { host: { default: 'live.example', description: 'The host of the address.' } },
    security: [{ $ref: '#/components/securitySchemes/token' }],
  },
  local: {
    host: 'localhost:8081',
    protocol: 'ws',
    description: 'The local system of npm start.',
    security: [{ $ref: '#/components/securitySchemes/token' }],
  },
}

const QUERY = {
  type: 'object',
  properties: {
    pace: {
      type: 'integer',
      description: `The pace of the connection in milliseconds, from ${FASTEST_PACE_MS} to ${SLOWEST_PACE_MS}.`,
    },
    encoding: {
      type: 'string',
      enum: ENCODINGS,
      description: 'How messages of type updates come. Default: json.',
    },
    client: {
      type: 'string',
      description: 'The name and the version of the app, for the log of the server.',
    },
  },
}

const SECURITY = {
  token: {
    type: 'httpApiKey',
    in: 'header',
    name: 'Sec-WebSocket-Protocol',
    description: `Two sub-protocols: ${SUBPROTOCOL}, and bearer. followed by an OIDC access token. A token is never part of an address.`,
  },
}
