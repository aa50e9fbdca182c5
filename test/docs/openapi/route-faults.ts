/** Compares an operation of docs/openapi.yaml with its row in the table of routes. */
import { type ProblemCode, problemType } from '../../../market/problem-document.ts'
import type { QueryRule } from '../../../rest/query-rules.ts'
import type { Route, RoutePath } from '../../../rest/rest-routes.ts'
import { cachingOf, problemsOf, statusesOf } from './expected-answers.ts'
import type { Answer, ApiDocument, JsonObject, Operation } from './openapi-document.ts'
import { problemTypesOf } from './schema-walk.ts'

/** Returns one sentence for each difference, with its place in the document. */
export function faultsOfRoute(
  document: ApiDocument,
  operation: Operation,
  path: RoutePath,
  route: Route,
): string[] {
  const faults: string[] = []
  if (operation.needsToken !== route.needsToken)
    faults.push(`security: expected ${route.needsToken ? 'accessToken' : 'no security'}`)
  faults.push(...parameterFaults(document, operation, route))
  faults.push(...difference('answer', operation.answers.keys(), statusesOf(path, route)))
  for (const [status, answer] of operation.answers) {
    const problems = problemsOf(path, route).get(status) ?? new Set<ProblemCode>()
    faults.push(
      ...difference(
        `answer ${status}, problem`,
        typesOf(document, answer),
        new Set([...problems].map(problemType)),
      ),
      ...difference(`answer ${status}, Cache-Control`, cachingIn(document, answer), cachingOf(route, status)),
    )
  }
  return faults.map(fault => `GET ${path} in docs/openapi.yaml: ${fault}`)
}

function parameterFaults(document: ApiDocument, { parameters }: Operation, { query }: Route): string[] {
  const documented = parameters.filter(parameter => parameter.in === 'query')
  const faults = difference(
    'parameter',
    documented.map(({ name }) => name),
    new Set(Object.keys(query)),
  )
  if (!parameters.some(({ name }) => name === 'If-None-Match')) faults.push('missing parameter If-None-Match')
  for (const { name, required, schema } of documented) {
    const rule = query[name]
    if (rule === undefined) continue
    const isRequired = rule.kind === 'issues'
    if (required !== isRequired) faults.push(`parameter ${name}: expected required: ${isRequired}`)
    const { value } = document.resolve(schema)
    for (const [keyword, expected] of Object.entries(keywordsOf(rule))) {
      const actual = JSON.stringify(value[keyword] ?? schema.value[keyword])
      if (actual !== JSON.stringify(expected))
        faults.push(`parameter ${name}: expected ${keyword}: ${JSON.stringify(expected)}, got ${actual}`)
    }
  }
  return faults
}

/** Returns the keywords that the schema of a parameter must have. */
function keywordsOf(rule: QueryRule): JsonObject {
  switch (rule.kind) {
    case 'number':
      return { type: 'integer', minimum: rule.low, maximum: rule.high, default: rule.fallback }
    case 'choice':
      return { enum: rule.words, ...(rule.fallback !== undefined && { default: rule.fallback }) }
    case 'issues':
      return { type: 'array', minItems: 1, maxItems: rule.most }
    case 'date':
      return { type: 'string', format: 'date' }
    case 'text':
      return { type: 'string', maxLength: rule.most }
    default:
      return { type: 'string' }
  }
}

function typesOf(document: ApiDocument, { content }: Answer): readonly string[] {
  const schema = content.get('application/problem+json')
  return schema === undefined ? [] : problemTypesOf(document, schema)
}

/** Returns the values that an answer's `Cache-Control` may have. */
function cachingIn(document: ApiDocument, { headers }: Answer): readonly string[] {
  const header = headers.find(({ name }) => name === 'cache-control')
  if (header === undefined) return []
  const { const: only, enum: values } = document.resolve(header.schema).value
  return values === undefined ? [String(only)] : (values as readonly string[])
}

function difference<T>(what: string, documented: Iterable<T>, expected: ReadonlySet<T>): string[] {
  const actual = new Set(documented)
  return [
    ...[...expected].filter(each => !actual.has(each)).map(each => `missing ${what} ${each}`),
    ...[...actual].filter(each => !expected.has(each)).map(each => `${what} ${each} is never answered`),
  ]
}
