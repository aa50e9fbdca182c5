/** JSON Schemas (draft 07) of the WebSocket messages, made from the types of market/protocol.ts and their comments. */
import { join } from 'node:path'
import { createGenerator } from 'ts-json-schema-generator'

const MARKET = join(import.meta.dirname, '../../market')

/** A JSON Schema, or a part of one. */
export type Schema = { readonly [key: string]: unknown }

export interface MessageSchemas {
  /** By action. */
  readonly app: ReadonlyMap<string, Schema>
  /** By type. */
  readonly server: ReadonlyMap<string, Schema>
  /** The types that messages refer to, as `#/components/schemas/Name`. */
  readonly types: ReadonlyMap<string, Schema>
}

/** Where references point to: AsyncAPI keeps shared schemas there. */
const TYPES_PATH = '#/components/schemas/'
/** Where the generator lets references point to. */
const DEFINITIONS_PATH = '#/definitions/'

/**
 * The places of a tuple that are always present. The generator counts optional places of a tuple with names too. A test
 * compares the schemas with real messages.
 */
const LEAST_PLACES: Readonly<Record<string, number>> = { QuoteRow: 4 }

/**
 * Returns the schemas of all messages.
 * @param strict whether members that the types do not have are refused. An app ignores them: a newer server may send them.
 */
export function messageSchemas(strict: boolean): MessageSchemas {
  const generator = createGenerator({
    path: join(MARKET, 'protocol.ts'),
    tsconfig: join(MARKET, 'tsconfig.json'),
    jsDoc: 'extended',
    expose: 'export',
    additionalProperties: !strict,
    // `npm run check` checks the types.
    skipTypeCheck: true,
  })
  const types = new Map<string, Schema>()
  const unionOf = (name: string): readonly Schema[] => {
    const { definitions = {} } = generator.createSchema(name)
    for (const [type, schema] of Object.entries(definitions)) {
      if (type !== name) types.set(nameOf(type), withLeastPlaces(type, renamed(schema) as Schema))
    }
    const { anyOf } = renamed(definitions[name]) as { readonly anyOf?: readonly Schema[] }
    if (anyOf === undefined) throw new Error(`expected a union of messages, got the type ${name}`)
    return anyOf
  }
  const server = byMember(unionOf('ServerMessage'), 'type')
  const app = byMember(unionOf('ClientMessage'), 'action')
  return { app, server, types: new Map([...types].sort(([a], [b]) => (a < b ? -1 : 1))) }
}

/** Returns the messages by the value of the member that tells them apart. A schema with several values is divided. */
function byMember(messages: readonly Schema[], member: string): Map<string, Schema> {
  return new Map(
    messages.flatMap(message => {
      const properties = message.properties as Readonly<Record<string, Schema>>
      const { const: value, enum: values = [value] } = properties[member] as {
        readonly const?: string
        readonly enum?: readonly string[]
      }
      return values.map((one): [string, Schema] => [
        String(one),
        { ...message, properties: { ...properties, [member]: { type: 'string', const: one } } },
      ])
    }),
  )
}

/** Returns a schema whose references have the names of {@link nameOf}. */
function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      key === '$ref' && typeof each === 'string' ? TYPES_PATH + nameOf(definitionOf(each)) : renamed(each),
    ]),
  )
}

function definitionOf(reference: string): string {
  return decodeURIComponent(reference.slice(DEFINITIONS_PATH.length))
}

/**
 * Returns the name of a type in the document. Types of JSON end with `Json` in our code; all types of a message are JSON.
 * Times in differences are microseconds.
 */
function nameOf(type: string): string {
  return type
    .replace('Json', '')
    .replace('<string>', '')
    .replace('<Micros>', 'Difference')
    .replaceAll(/[^\w.-]/g, '')
}

function withLeastPlaces(type: string, schema: Schema): Schema {
  const least = LEAST_PLACES[type]
  return least === undefined ? schema : { ...schema, minItems: least }
}
