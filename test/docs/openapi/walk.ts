/** What stands in the schemas of the document: their properties and the examples of them. */
import { type ApiDocument, isObject, type Json, type Place } from './document.ts'

export interface Example {
  readonly schema: Place
  readonly value: Json
}

/** Pointers of all properties that a schema allows a value to have, at any depth. */
export function propertiesOf(document: ApiDocument, schema: Place): string[] {
  const found: string[] = []
  for (const { pointer, value } of schemasIn(document, schema))
    for (const name of Object.keys(isObject(value.properties) ? value.properties : {}))
      found.push(`${pointer}/properties/${name}`)
  return found
}

/** What a schema of a problem document allows its `type` to be. */
export function problemTypesOf(document: ApiDocument, schema: Place): string[] {
  return [...schemasIn(document, schema)].flatMap(({ value: { properties } }) => {
    const type = isObject(properties) ? properties.type : undefined
    if (!isObject(type)) return []
    return ((type.enum ?? (type.const === undefined ? [] : [type.const])) as readonly Json[]).map(String)
  })
}

/** A schema and all that it is made of, each once. */
function* schemasIn(document: ApiDocument, schema: Place, visited = new Set<string>()): Generator<Place> {
  const { pointer, value } = schema
  if (visited.has(pointer)) return
  visited.add(pointer)
  yield schema
  if (typeof value.$ref === 'string') yield* schemasIn(document, document.at(value.$ref.slice(1)), visited)
  for (const word of ['allOf', 'oneOf', 'anyOf'])
    for (const index of ((value[word] ?? []) as readonly Json[]).keys())
      yield* schemasIn(document, document.at(`${pointer}/${word}/${index}`), visited)
  for (const name of Object.keys(isObject(value.properties) ? value.properties : {}))
    yield* schemasIn(document, document.at(`${pointer}/properties/${name}`), visited)
  if (isObject(value.items)) yield* schemasIn(document, document.at(`${pointer}/items`), visited)
}

/** Every example of the document: of a schema, or beside one. */
export function* examplesIn(document: ApiDocument, pointer = ''): Generator<Example> {
  const place = document.at(pointer)
  const { schema, example, examples } = place.value
  if (isObject(schema)) {
    const beside = document.at(`${pointer}/schema`)
    if (example !== undefined) yield { schema: beside, value: example }
    for (const name of Object.keys(isObject(examples) ? examples : {})) {
      const { value } = document.resolve(document.at(`${pointer}/examples/${name}`)).value
      if (value !== undefined) yield { schema: beside, value }
    }
  }
  // In a schema examples are a list.
  for (const value of Array.isArray(examples) ? (examples as readonly Json[]) : [])
    yield { schema: place, value }
  for (const [name, inner] of Object.entries(place.value)) {
    const escaped = name.replaceAll('~', '~0').replaceAll('/', '~1')
    if (isObject(inner) && name !== 'examples' && name !== 'example')
      yield* examplesIn(document, `${pointer}/${escaped}`)
    if (Array.isArray(inner) && name !== 'examples')
      for (const [index, item] of inner.entries())
        if (isObject(item)) yield* examplesIn(document, `${pointer}/${escaped}/${index}`)
  }
}
