/** Compares messages with the schemas of docs/asyncapi.yaml, and refuses members that the schemas do not have. */
import { Ajv, type ValidateFunction } from 'ajv'
import { messageSchemas, type Schema } from '../../../tools/asyncapi/message-schemas.ts'

export type Sender = 'app' | 'server'

/** The member of a message that names its kind. */
const KIND: Readonly<Record<Sender, string>> = { app: 'action', server: 'type' }

export class MessageConformance {
  readonly #checks: Readonly<Record<Sender, ReadonlyMap<string, ValidateFunction>>>
  readonly #seen: Readonly<Record<Sender, Set<string>>> = { app: new Set(), server: new Set() }

  constructor() {
    const { app, server, types } = messageSchemas(true)
    const ajv = new Ajv({ allErrors: true, strict: false })
    const components = { schemas: Object.fromEntries(types) }
    const compile = (messages: ReadonlyMap<string, Schema>) =>
      new Map([...messages].map(([kind, schema]) => [kind, ajv.compile({ ...schema, components })]))
    this.#checks = { app: compile(app), server: compile(server) }
  }

  /** Returns what is wrong with a message; an empty list if it conforms. */
  problems(sender: Sender, message: Readonly<Record<string, unknown>>): string[] {
    const kind = String(message[KIND[sender]])
    const check = this.#checks[sender].get(kind)
    if (check === undefined) return [`${sender}: expected a known message, got ${JSON.stringify(message)}`]
    this.#seen[sender].add(kind)
    if (check(message)) return []
    const reasons = (check.errors ?? []).map(({ instancePath, message = '', params }) => {
      return `${instancePath} ${message} ${JSON.stringify(params)}`
    })
    return [`${sender} ${kind}: ${reasons.join('; ')}: ${JSON.stringify(message).slice(0, 300)}`]
  }

  /** Returns the kinds of messages that no call of {@link problems} had. */
  unseen(sender: Sender): string[] {
    return [...this.#checks[sender].keys()].filter(kind => !this.#seen[sender].has(kind))
  }
}
