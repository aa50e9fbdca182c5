/** Sends requests to the running API and checks every answer against docs/openapi.yaml. */
import assert from 'node:assert/strict'
import { type ProblemCode, problemType } from '../../../market/problem-document.ts'
import type { ApiRequest } from './api-requests.ts'
import type { ApiDocument, Header, JsonObject, Operation, Parameter, Place } from './openapi-document.ts'
import { createMemberVisitor } from './schema-walk.ts'

export interface CheckedAnswer {
  readonly headers: Headers
  /** `undefined` without a body. */
  readonly body: JsonObject | undefined
}

/** Problems of values that the schema of the parameter must forbid. */
const REFUSED_BY_SCHEMA: readonly (ProblemCode | undefined)[] = ['bad-issue', 'too-many-issues']
/** Characters of an unexpected answer that a message shows. */
const SHOWN = 300
/** Headers of any HTTP server. */
const TRANSPORT = new Set(['connection', 'content-length', 'content-type', 'date', 'keep-alive'])

export class Conformance {
  /** What was sent and answered so far, as `path detail`. */
  readonly seen = {
    answers: new Set<string>(),
    problems: new Set<string>(),
    /** Parameters that were answered, and parameters that were refused. */
    sent: new Set<string>(),
    refused: new Set<string>(),
    /** Pointers of the properties that answers had. */
    members: new Set<string>(),
  }
  readonly #document: ApiDocument
  readonly #baseUrl: string
  readonly #visitMembers: (schema: Place, value: unknown) => void

  constructor(document: ApiDocument, baseUrl: string) {
    this.#document = document
    this.#baseUrl = baseUrl
    this.#visitMembers = createMemberVisitor(document, pointer => this.seen.members.add(pointer))
  }

  /** @throws Error if the answer is not the expected answer, or if the document does not allow it. */
  async ask(request: ApiRequest): Promise<CheckedAnswer> {
    const operation = this.#document.operations.get(request.path)
    assert.ok(operation, `route ${request.path} is not in docs/openapi.yaml`)
    const { url, headers } = addressOf(operation, request)
    try {
      this.#checkParameters(operation, request)
      const response = await fetch(this.#baseUrl + url, { headers })
      const text = await response.text()
      assert.equal(response.status, request.status, text.slice(0, SHOWN))
      const checked = this.#checkAnswer(operation, response, text)
      if (request.problem !== undefined) assert.equal(checked.body?.type, problemType(request.problem))
      this.seen.answers.add(`${request.path} ${response.status}`)
      if (response.status >= 400) this.seen.problems.add(`${request.path} ${checked.body?.type}`)
      return checked
    } catch (cause) {
      throw new Error(`GET ${url}: ${(cause as Error).message}`, { cause })
    }
  }

  /** Checks that the document forbids what must be refused, and allows what is answered. */
  #checkParameters(
    { path, parameters }: Operation,
    { status, problem, wrong, values = {} }: ApiRequest,
  ): void {
    for (const parameter of parameters) {
      const { name } = parameter
      const text = values[name]
      const isAllowed = text === undefined ? !parameter.required : this.#allows(parameter, text)
      // A value that the schema allows may still be refused for its meaning.
      if (name !== wrong && status !== 401 && status !== 403)
        assert.ok(isAllowed, `the schema of the parameter ${name} does not allow "${text}"`)
      if (name === wrong && REFUSED_BY_SCHEMA.includes(problem))
        assert.ok(!isAllowed, `the schema of the parameter ${name} allows "${text}"`)
      if (text !== undefined && status < 400) this.seen.sent.add(`${path} ${name}`)
    }
    if (wrong !== undefined) this.seen.refused.add(`${path} ${wrong}`)
  }

  /** Returns whether the schema allows a value; a list is written with commas between. */
  #allows({ schema }: Parameter, text: string): boolean {
    const { type } = this.#document.resolve(schema).value
    const value = type === 'array' ? text.split(',') : type === 'integer' && text !== '' ? Number(text) : text
    return this.#document.fault(schema, value) === undefined
  }

  #checkAnswer({ answers }: Operation, { status, headers }: Response, text: string): CheckedAnswer {
    const documented = answers.get(status)
    assert.ok(documented, `docs/openapi.yaml has no answer ${status}`)
    this.#checkHeaders(documented.headers, status, headers)
    if (documented.content.size === 0) {
      assert.equal(text, '', `expected no body with status ${status}`)
      return { headers, body: undefined }
    }
    const [mediaType = ''] = (headers.get('content-type') ?? '').split(';')
    const schema = documented.content.get(mediaType)
    assert.ok(schema, `docs/openapi.yaml has no answer ${status} of type ${mediaType}`)
    const body = JSON.parse(text) as JsonObject
    this.#checkValue(schema, body, `the body of the answer ${status}`)
    this.#visitMembers(schema, body)
    return { headers, body }
  }

  #checkHeaders(documented: readonly Header[], status: number, headers: Headers): void {
    for (const { name, required, schema } of documented) {
      const text = headers.get(name)
      assert.ok(text !== null || !required, `the answer ${status} has no header ${name}`)
      if (text !== null) this.#checkValue(schema, text, `the header ${name} of the answer ${status}`)
    }
    const names = new Set([...TRANSPORT, ...documented.map(({ name }) => name)])
    const others = [...headers.keys()].filter(name => !names.has(name))
    assert.deepEqual(others, [], `headers of the answer ${status} that docs/openapi.yaml does not have`)
  }

  #checkValue(schema: Place, value: unknown, what: string): void {
    const fault = this.#document.fault(schema, value)
    assert.equal(fault, undefined, `${what} does not match ${schema.pointer}: ${fault}: ${shown(value)}`)
  }
}

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, SHOWN)
}

/** Returns path and query of a request, and its headers. */
function addressOf(
  { path, parameters }: Operation,
  { values = {}, authorization, extraQuery }: ApiRequest,
): { url: string; headers: Record<string, string> } {
  let url = path
  const query = new URLSearchParams()
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
  for (const name of Object.keys(values)) {
    const text = values[name]!
    const place = parameters.find(parameter => parameter.name === name)?.in
    assert.ok(place, `GET ${path} in docs/openapi.yaml has no parameter ${name}`)
    if (place === 'path') url = url.replace(`{${name}}`, encodeURIComponent(text))
    else if (place === 'query') query.set(name, text)
    else headers[name] = text
  }
  const text = [query.toString(), extraQuery].filter(Boolean).join('&')
  return { url: text === '' ? url : `${url}?${text}`, headers }
}
