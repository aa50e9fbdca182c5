/** What stands in the schemas of the document: their properties and the examples of them. */
import { type ApiDocument, isObject, type Json, type Place } from './document.ts'

export interface Example {
  readonly schema: Place
  readonly value: Json
}

/** Pointers of all properties that a schema allows a value to have, at any depth. */
export function propertiesOf(document: ApiDocument, schema: Place): string[] {
  const found = new Set<string>()
  const visited = new Set<string>()
  const visit = ({ pointer, value }: Place): void => {
    if (visited.has(pointer)) return
    visited.add(pointer)
    if (typeof value.$ref === 'string') visit(document.at(value.$ref.slice(1)))
    for (const word of ['allOf', 'oneOf', 'anyOf'])
      for (const index of ((value[word] ?? []) as readonly Json[]).keys())
        visit(document.at(`${pointer}/${word}/${index}`))
    for (const name of Object.keys(isObject(value.properties) ? value.properties : {})) {
      found.add(`${pointer}/properties/${name}`)
      visit(document.at(`${pointer}/properties/${name}`))
    }
    if (isObject(value.items)) visit(document.at(`${pointer}/items`))
  }
  visit(schema)
  return [...found]
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
