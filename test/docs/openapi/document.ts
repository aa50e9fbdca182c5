/** docs/openapi.yaml as a test reads it: operations, their answers, and validators of all schemas in it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { parse } from 'yaml'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
export type JsonObject = { readonly [name: string]: Json }

/** A value of the document and the JSON pointer that it stands at. */
export interface Place {
  readonly pointer: string
  readonly value: JsonObject
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly schema: Place
}

export interface Header {
  readonly name: string
  readonly required: boolean
  readonly schema: Place
}

export interface Answer {
  readonly headers: readonly Header[]
  /** Schemas by media type; none for an answer without a body. */
  readonly content: ReadonlyMap<string, Place>
}

export interface Operation {
  readonly id: string
  readonly path: string
  readonly needsToken: boolean
  readonly parameters: readonly Parameter[]
  readonly answers: ReadonlyMap<number, Answer>
}

export interface ApiDocument {
  readonly root: JsonObject
  /** By `operationId`. */
  readonly operations: ReadonlyMap<string, Operation>
  /** The object at a JSON pointer. @throws Error where there is none. */
  at(pointer: string): Place
  /** What a `$ref` leads to, or the place itself. */
  resolve(place: Place): Place
  /** What is wrong with `value` by the schema, `undefined` where nothing is. */
  fault(schema: Place, value: unknown): string | undefined
}

export const DOCUMENT_PATH = join(import.meta.dirname, '../../../docs/openapi.yaml')
const ID = 'document'

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @throws Error where the document has a reference to nothing, or a schema that is none. */
export function openDocument(): ApiDocument {
  const root = parse(readFileSync(DOCUMENT_PATH, 'utf8')) as JsonObject
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true })
  formats.default(ajv)
  // The whole document is added, so that references in it find what they name: its own members are no keywords.
  ajv.addVocabulary(Object.keys(root))
  ajv.addSchema(root, ID, undefined, false)
  const validators = new Map<string, ValidateFunction>()

  const at = (pointer: string): Place => {
    let value: unknown = root
    for (const part of pointer.split('/').slice(1)) {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
      value = isObject(value) || Array.isArray(value) ? (value as JsonObject)[name] : undefined
    }
    if (!isObject(value)) throw new Error(`${DOCUMENT_PATH}: expected an object at ${pointer}, got ${value}`)
    return { pointer, value }
  }
  const resolve = (place: Place): Place => {
    const { $ref } = place.value
    // Beside a reference of OpenAPI itself stands nothing that counts; a schema is left to its validator.
    return typeof $ref === 'string' ? resolve(at($ref.slice(1))) : place
  }
  const child = ({ pointer }: Place, name: string): Place =>
    at(`${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  const member = (place: Place, name: string): Place | undefined =>
    place.value[name] === undefined ? undefined : resolve(child(place, name))
  const members = (place: Place, name: string): [string, Place][] => {
    const found = member(place, name)
    return found === undefined ? [] : Object.keys(found.value).map(key => [key, resolve(child(found, key))])
  }

  const readAnswer = (place: Place): Answer => ({
    headers: members(place, 'headers').map(([name, header]) => ({
      name: name.toLowerCase(),
      required: header.value.required === true,
      schema: child(header, 'schema'),
    })),
    content: new Map(members(place, 'content').map(([type, media]) => [type, child(media, 'schema')])),
  })
  const readParameter = (place: Place): Parameter => ({
    name: String(place.value.name),
    in: place.value.in as Parameter['in'],
    required: place.value.required === true,
    schema: child(place, 'schema'),
  })

  const operations = new Map<string, Operation>()
  for (const [path, item] of members({ pointer: '', value: root }, 'paths')) {
    const get = member(item, 'get')
    if (get === undefined) throw new Error(`${DOCUMENT_PATH}: expected a GET of ${path}`)
    const parameters = (get.value.parameters ?? []) as readonly Json[]
    const id = String(get.value.operationId)
    operations.set(id, {
      id,
      path,
      needsToken: ((get.value.security ?? root.security) as readonly Json[]).length > 0,
      parameters: parameters.map((_, index) =>
        readParameter(resolve(at(`${get.pointer}/parameters/${index}`))),
      ),
      answers: new Map(
        members(get, 'responses').map(([status, answer]) => [Number(status), readAnswer(answer)]),
      ),
    })
  }

  return {
    root,
    operations,
    at,
    resolve,
    fault({ pointer }, value) {
      let validate = validators.get(pointer)
      if (validate === undefined) {
        validate = ajv.compile({ $ref: `${ID}#${pointer.replaceAll('{', '%7B').replaceAll('}', '%7D')}` })
        validators.set(pointer, validate)
      }
      return validate(value) ? undefined : ajv.errorsText(validate.errors, { dataVar: 'body' })
    },
  }
}
