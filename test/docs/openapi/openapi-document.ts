/** Reads docs/openapi.yaml: operations, their answers, and validators of all schemas. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { parse } from 'yaml'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
export type JsonObject = { readonly [name: string]: Json }

/** An object of the document with its JSON pointer. */
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
  /** Schemas by media type; empty for an answer without a body. */
  readonly content: ReadonlyMap<string, Place>
}

/** The GET of a path. */
export interface Operation {
  readonly path: string
  readonly needsToken: boolean
  readonly parameters: readonly Parameter[]
  readonly answers: ReadonlyMap<number, Answer>
}

export interface ApiDocument {
  readonly root: JsonObject
  /** By path. */
  readonly operations: ReadonlyMap<string, Operation>
  /** Returns the object at a JSON pointer. @throws Error if there is none. */
  at(pointer: string): Place
  /** Follows a `$ref`. */
  resolve(place: Place): Place
  /** Returns why `value` does not match the schema; `undefined` if it does. */
  fault(schema: Place, value: unknown): string | undefined
}

export const DOCUMENT_PATH = join(import.meta.dirname, '../../../docs/openapi.yaml')
/** The id of the document among the schemas. */
const ID = 'document'

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Escapes a name as a part of a JSON pointer. */
export function pointerPart(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** @throws Error for a reference to nothing, or a schema that is not valid. */
export function openDocument(): ApiDocument {
  const root = parse(readFileSync(DOCUMENT_PATH, 'utf8')) as JsonObject
  const reader = new DocumentReader(root)
  const paths = Object.keys(reader.at('/paths').value)
  return {
    root,
    operations: new Map(paths.map(path => [path, reader.operation(path)])),
    at: pointer => reader.at(pointer),
    resolve: place => reader.resolve(place),
    fault: createValidator(root),
  }
}

class DocumentReader {
  readonly #root: JsonObject

  constructor(root: JsonObject) {
    this.#root = root
  }

  at(pointer: string): Place {
    let value: unknown = this.#root
    for (const part of pointer.split('/').slice(1)) {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
      value = isObject(value) || Array.isArray(value) ? (value as JsonObject)[name] : undefined
    }
    if (!isObject(value)) throw new Error(`${DOCUMENT_PATH}: expected an object at ${pointer}, got ${value}`)
    return { pointer, value }
  }

  /** OpenAPI ignores members next to a `$ref`; the `$ref` of a schema is left to the validator. */
  resolve(place: Place): Place {
    const { $ref } = place.value
    return typeof $ref === 'string' ? this.resolve(this.at($ref.slice(1))) : place
  }

  operation(path: string): Operation {
    const get = this.at(`/paths/${pointerPart(path)}/get`)
    const parameters = (get.value.parameters ?? []) as readonly Json[]
    return {
      path,
      needsToken: ((get.value.security ?? this.#root.security) as readonly Json[]).length > 0,
      parameters: parameters.map((_, index) =>
        this.#parameter(this.resolve(this.at(`${get.pointer}/parameters/${index}`))),
      ),
      answers: new Map(
        this.#members(get, 'responses').map(([status, answer]) => [Number(status), this.#answer(answer)]),
      ),
    }
  }

  #parameter(place: Place): Parameter {
    return {
      name: String(place.value.name),
      in: place.value.in as Parameter['in'],
      required: place.value.required === true,
      schema: this.#child(place, 'schema'),
    }
  }

  #answer(place: Place): Answer {
    return {
      headers: this.#members(place, 'headers').map(([name, header]) => ({
        name: name.toLowerCase(),
        required: header.value.required === true,
        schema: this.#child(header, 'schema'),
      })),
      content: new Map(
        this.#members(place, 'content').map(([type, media]) => [type, this.#child(media, 'schema')]),
      ),
    }
  }

  #child({ pointer }: Place, name: string): Place {
    return this.at(`${pointer}/${pointerPart(name)}`)
  }

  /** Returns the members of an object, without references; none if the object is absent. */
  #members(place: Place, name: string): [string, Place][] {
    if (place.value[name] === undefined) return []
    const object = this.resolve(this.#child(place, name))
    return Object.keys(object.value).map(key => [key, this.resolve(this.#child(object, key))])
  }
}

/** Returns {@link ApiDocument.fault}: validators are compiled once. */
function createValidator(root: JsonObject): ApiDocument['fault'] {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true })
  formats.default(ajv)
  // The whole document is added, so that its references resolve; its own members are no keywords of a schema.
  ajv.addVocabulary(Object.keys(root))
  ajv.addSchema(root, ID, undefined, false)
  const validators = new Map<string, ValidateFunction>()
  return ({ pointer }, value) => {
    let validate = validators.get(pointer)
    if (validate === undefined) {
      validate = ajv.compile({ $ref: `${ID}#${pointer.replaceAll('{', '%7B').replaceAll('}', '%7D')}` })
      validators.set(pointer, validate)
    }
    return validate(value) ? undefined : ajv.errorsText(validate.errors, { dataVar: 'body' })
  }
}
