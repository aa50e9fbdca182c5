/** Walks the schemas of docs/openapi.yaml: their properties, examples and problem types. */
import { type ApiDocument, isObject, type Json, type Place, pointerPart } from './openapi-document.ts'

export interface Example {
  readonly schema: Place
  readonly value: Json
}

/** Keywords whose value is a list of schemas. */
const BRANCHES = ['allOf', 'oneOf', 'anyOf'] as const

/** Returns the pointers of all properties that a schema allows, at any depth. */
export function propertiesOf(document: ApiDocument, schema: Place): string[] {
  return [...schemasIn(document, schema)].flatMap(({ pointer, value }) =>
    Object.keys(isObject(value.properties) ? value.properties : {}).map(
      name => `${pointer}/properties/${name}`,
    ),
  )
}

/** Returns the values that a schema of a problem document allows for its `type`. */
export function problemTypesOf(document: ApiDocument, schema: Place): string[] {
  return [...schemasIn(document, schema)].flatMap(({ value: { properties } }) => {
    const type = isObject(properties) ? properties.type : undefined
    if (!isObject(type)) return []
    return ((type.enum ?? (type.const === undefined ? [] : [type.const])) as readonly Json[]).map(String)
  })
}

/** Yields a schema and all schemas that it consists of, each once. */
function* schemasIn(document: ApiDocument, schema: Place, visited = new Set<string>()): Generator<Place> {
  const { pointer, value } = schema
  if (visited.has(pointer)) return
  visited.add(pointer)
  yield schema
  if (typeof value.$ref === 'string') yield* schemasIn(document, document.at(value.$ref.slice(1)), visited)
  for (const branch of branchesOf(document, schema)) yield* schemasIn(document, branch, visited)
  for (const name of Object.keys(isObject(value.properties) ? value.properties : {}))
    yield* schemasIn(document, document.at(`${pointer}/properties/${name}`), visited)
  if (isObject(value.items)) yield* schemasIn(document, document.at(`${pointer}/items`), visited)
}

function branchesOf(document: ApiDocument, { pointer, value }: Place): Place[] {
  return BRANCHES.flatMap(word =>
    [...((value[word] ?? []) as readonly Json[]).keys()].map(index =>
      document.at(`${pointer}/${word}/${index}`),
    ),
  )
}

/** Returns a function that reports the pointer of every property that a value has by its schema. */
export function createMemberVisitor(
  document: ApiDocument,
  report: (pointer: string) => void,
): (schema: Place, value: unknown) => void {
  const withProperties = new Map<string, boolean>()
  /** Prices and levels are very many and have no properties. */
  const hasProperties = (schema: Place): boolean => {
    const cached = withProperties.get(schema.pointer)
    if (cached !== undefined) return cached
    const has = propertiesOf(document, schema).length > 0
    withProperties.set(schema.pointer, has)
    return has
  }
  const visit = (schema: Place, value: unknown): void => {
    const { pointer, value: keywords } = schema
    if (!hasProperties(schema)) return
    if (typeof keywords.$ref === 'string') visit(document.at(keywords.$ref.slice(1)), value)
    for (const branch of branchesOf(document, schema))
      if (document.fault(branch, value) === undefined) visit(branch, value)
    if (isObject(keywords.properties) && isObject(value)) {
      for (const name of Object.keys(keywords.properties).filter(name => name in value)) {
        const property = `${pointer}/properties/${name}`
        report(property)
        visit(document.at(property), value[name])
      }
    }
    if (isObject(keywords.items) && Array.isArray(value))
      for (const item of value) visit(document.at(`${pointer}/items`), item)
  }
  return visit
}

/** Yields every example of the document: inside a schema, or next to it. */
export function* examplesIn(document: ApiDocument, pointer = ''): Generator<Example> {
  const place = document.at(pointer)
  const { schema, example, examples } = place.value
  if (isObject(schema)) {
    const next = document.at(`${pointer}/schema`)
    if (example !== undefined) yield { schema: next, value: example }
    for (const name of Object.keys(isObject(examples) ? examples : {})) {
      const { value } = document.resolve(document.at(`${pointer}/examples/${name}`)).value
      if (value !== undefined) yield { schema: next, value }
    }
  }
  // The examples inside a schema are a list.
  for (const value of Array.isArray(examples) ? (examples as readonly Json[]) : [])
    yield { schema: place, value }
  for (const [name, inner] of Object.entries(place.value)) {
    const child = `${pointer}/${pointerPart(name)}`
    if (isObject(inner) && name !== 'examples' && name !== 'example') yield* examplesIn(document, child)
    if (Array.isArray(inner) && name !== 'examples')
      for (const [index, item] of inner.entries())
        if (isObject(item)) yield* examplesIn(document, `${child}/${index}`)
  }
}
