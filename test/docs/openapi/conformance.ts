/** Asking the running API as the document says, and holding every answer against the document. */
import assert from 'node:assert/strict'
import {
  type ApiDocument,
  isObject,
  type Json,
  type JsonObject,
  type Operation,
  type Parameter,
  type Place,
} from './document.ts'
import { propertiesOf } from './walk.ts'

export interface Request {
  /** `operationId`. */
  readonly operation: string
  /** Parameters by name, of path, query and header alike. */
  readonly with?: Readonly<Record<string, string>>
  /** What stands in `Authorization`. */
  readonly authorization?: string
  /** What the answer must be. */
  readonly status: number
  /** `type` of the problem document. */
  readonly problem?: string
  /** The parameter that is to blame. */
  readonly wrong?: string
  /** Added to the query as it is: parameters that the operation does not have, or has been sent already. */
  readonly extra?: string
}

/** What was asked and answered so far. */
export interface Seen {
  /** `operationId status` */
  readonly answers: Set<string>
  /** `operationId type` */
  readonly problems: Set<string>
  /** `operationId name` of parameters that were sent and answered, and of those that were refused. */
  readonly sent: Set<string>
  readonly refused: Set<string>
  /** Pointers of the schemas' properties that answers had. */
  readonly members: Set<string>
}

export interface Answered {
  readonly headers: Headers
  /** What the body says; `undefined` where there is none. */
  readonly body: JsonObject | undefined
}

export interface Conformance {
  readonly seen: Seen
  /** @throws Error where the answer is not the expected one, or one that the document does not have. */
  ask(request: Request): Promise<Answered>
}

/** What is wrong with a parameter then, the document can tell too. */
const TOLD_BY_SCHEMA = /:(bad-issue|too-many-issues)$/
/** Characters of an unexpected answer that are shown. */
const SHOWN = 300
/** Of every answer of an HTTP server, and not of the API. */
const TRANSPORT = new Set(['connection', 'content-length', 'content-type', 'date', 'keep-alive'])

export function createConformance(document: ApiDocument, baseUrl: string): Conformance {
  const seen: Seen = {
    answers: new Set(),
    problems: new Set(),
    sent: new Set(),
    refused: new Set(),
    members: new Set(),
  }

  /** Whether a value may be sent by the document; a list stands with commas between. */
  const isAllowed = ({ schema }: Parameter, text: string): boolean => {
    const { type } = document.resolve(schema).value
    const value = type === 'array' ? text.split(',') : type === 'integer' && text !== '' ? Number(text) : text
    return document.fault(schema, value) === undefined
  }

  const checkParameters = (operation: Operation, request: Request): void => {
    const { status, wrong, problem = '', with: values = {} } = request
    const known = operation.parameters.map(({ name }) => name)
    for (const name of Object.keys(values))
      assert.ok(known.includes(name), `${operation.id} has no parameter ${name}, but was sent one`)
    for (const parameter of operation.parameters) {
      const { name, required } = parameter
      const text = values[name]
      const allowed = text === undefined ? !required : isAllowed(parameter, text)
      // What the document forbids is refused; what it allows may still be refused for what it means.
      assert.ok(allowed || name === wrong || status === 401, `${name} "${text}" should be refused`)
      if (text !== undefined && status < 400) seen.sent.add(`${operation.id} ${name}`)
      if (name === wrong && TOLD_BY_SCHEMA.test(problem))
        assert.ok(!allowed, `the document allows ${name} "${text}"`)
    }
    if (wrong !== undefined) seen.refused.add(`${operation.id} ${wrong}`)
  }

  const knownToHave = new Map<string, boolean>()
  /** Prices and levels, of which there are very many, have none. */
  const hasProperties = (schema: Place): boolean => {
    const known = knownToHave.get(schema.pointer) ?? propertiesOf(document, schema).length > 0
    knownToHave.set(schema.pointer, known)
    return known
  }

  /** Notes every property of the schema that the value has. */
  const visit = (schema: Place, value: unknown): void => {
    const { pointer, value: keywords } = schema
    if (!hasProperties(schema)) return
    const target = keywords.$ref
    if (typeof target === 'string') visit(document.at(target.slice(1)), value)
    for (const word of ['allOf', 'oneOf', 'anyOf']) {
      for (const index of ((keywords[word] ?? []) as readonly Json[]).keys()) {
        const branch = document.at(`${pointer}/${word}/${index}`)
        if (document.fault(branch, value) === undefined) visit(branch, value)
      }
    }
    if (isObject(keywords.properties) && isObject(value)) {
      for (const name of Object.keys(keywords.properties).filter(name => name in value)) {
        const property = `${pointer}/properties/${name}`
        seen.members.add(property)
        visit(document.at(property), value[name])
      }
    }
    if (isObject(keywords.items) && Array.isArray(value))
      for (const item of value) visit(document.at(`${pointer}/items`), item)
  }

  const conforms = (schema: Place, value: unknown, what: string): void => {
    const fault = document.fault(schema, value)
    const shown = JSON.stringify(value).slice(0, SHOWN)
    assert.ok(fault === undefined, `${what} is not as ${schema.pointer} says: ${fault}: ${shown}`)
  }

  const checkAnswer = async (operation: Operation, response: Response): Promise<Answered> => {
    const { status, headers } = response
    const documented = operation.answers.get(status)
    assert.ok(documented, `the document has no answer ${status}`)
    for (const { name, required, schema } of documented.headers) {
      const text = headers.get(name)
      assert.ok(text !== null || !required, `the answer ${status} has no ${name}`)
      if (text !== null) conforms(schema, text, name)
    }
    const names = new Set(documented.headers.map(({ name }) => name))
    const others = [...headers.keys()].filter(name => !names.has(name) && !TRANSPORT.has(name))
    assert.deepEqual(others, [], 'headers that the document does not have')

    const text = await response.text()
    const [mediaType = ''] = (headers.get('content-type') ?? '').split(';')
    if (documented.content.size === 0) {
      assert.equal(text, '')
      return { headers, body: undefined }
    }
    const schema = documented.content.get(mediaType)
    assert.ok(schema, `the document has no answer ${status} of ${mediaType}`)
    const body = JSON.parse(text) as JsonObject
    conforms(schema, body, 'the answer')
    visit(schema, body)
    return { headers, body }
  }

  return {
    seen,
    async ask(request) {
      const operation = document.operations.get(request.operation)
      assert.ok(operation, `the document has no operation ${request.operation}`)
      checkParameters(operation, request)
      const { url, headers } = address(operation, request)
      const response = await fetch(baseUrl + url, { headers })
      try {
        const answered = await checkAnswer(operation, response)
        assert.equal(response.status, request.status, JSON.stringify(answered.body)?.slice(0, SHOWN))
        const { type, status } = answered.body ?? {}
        if (request.problem !== undefined) assert.deepEqual([type, status], [request.problem, request.status])
        seen.answers.add(`${operation.id} ${response.status}`)
        if (response.status >= 400) seen.problems.add(`${operation.id} ${type}`)
        return answered
      } catch (cause) {
        const { message } = cause as Error
        throw new Error(`GET ${url} ${response.status}: ${message}`, { cause })
      }
    },
  }
}

/** Where a request goes, and its headers. */
function address(
  { path, parameters }: Operation,
  { with: values = {}, authorization, extra }: Request,
): { url: string; headers: Record<string, string> } {
  let url = path
  const query = new URLSearchParams()
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
  for (const { name, in: where } of parameters) {
    const text = values[name]
    if (text === undefined) continue
    if (where === 'path') url = url.replace(`{${name}}`, encodeURIComponent(text))
    else if (where === 'query') query.set(name, text)
    else headers[name] = text
  }
  const text = [query.toString(), extra].filter(Boolean).join('&')
  return { url: text === '' ? url : `${url}?${text}`, headers }
}
