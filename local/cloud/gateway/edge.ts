/**
 * CloudFront distributions in front of the APIs. A distribution does not run here: its address stands for the addresses of the APIs
 * behind it, and every request reaches an API with the headers that the distribution adds.
 */
import type { IncomingMessage } from 'node:http'
import * as v from 'valibot'
import type { Secrets } from '../stores/secrets.ts'
import { readProperties } from '../template/properties.ts'
import type { Stack } from '../template/stack.ts'
import { TemplateError } from '../template/template-error.ts'

export interface Edges {
  /** Adds the headers of the distribution in front of an API to a request, in place of its own headers of these names. */
  addHeaders(apiLogicalId: string, request: IncomingMessage): void
  /** Returns a text with the addresses of the APIs in place of those of the distributions. */
  localized(text: string): string
}

const schema = v.object({
  DistributionConfig: v.object({
    Aliases: v.optional(v.array(v.string()), []),
    Origins: v.array(
      v.object({
        DomainName: v.string(),
        OriginCustomHeaders: v.optional(
          v.array(v.object({ HeaderName: v.string(), HeaderValue: v.string() })),
          [],
        ),
      }),
    ),
  }),
})

/** A dynamic reference to the whole value of a secret, of any version: `{{resolve:secretsmanager:ARN:SecretString:::}}`. */
const SECRET_REFERENCE = /^\{\{resolve:secretsmanager:(.+):SecretString:[^{}]*\}\}$/
const SECURE: Readonly<Record<string, string>> = { http: 'https', ws: 'wss' }

/** @param addresses scheme, host and port of each API, by logical id. */
export function readEdges(stack: Stack, secrets: Secrets, addresses: ReadonlyMap<string, string>): Edges {
  const headers = new Map<string, readonly (readonly [name: string, value: string])[]>()
  const replacements = new Map<string, string>()
  for (const resource of stack.ofType('AWS::CloudFront::Distribution')) {
    const { Aliases, Origins } = readProperties(resource, schema).DistributionConfig
    const names = [stack.attribute(resource.logicalId, 'DomainName'), ...Aliases]
    for (const { DomainName, OriginCustomHeaders } of Origins) {
      const found = [...addresses].find(([, address]) => address.endsWith(`://${DomainName}`))
      if (found === undefined) continue
      const [api, address] = found
      const scheme = SECURE[address.slice(0, address.indexOf(':'))]
      for (const name of names) replacements.set(`${scheme}://${name}`, address)
      const added = OriginCustomHeaders.map(
        ({ HeaderName, HeaderValue }) =>
          [HeaderName.toLowerCase(), secretOr(HeaderValue, secrets, resource.logicalId)] as const,
      )
      headers.set(api, added)
    }
  }
  return {
    addHeaders(api, request) {
      for (const [name, value] of headers.get(api) ?? []) setHeader(request, name, value)
    },
    localized: text => [...replacements].reduce((out, [from, to]) => out.replaceAll(from, to), text),
  }
}

function secretOr(value: string, secrets: Secrets, where: string): string {
  const arn = SECRET_REFERENCE.exec(value)?.[1]
  if (arn === undefined) return value
  const secret = secrets.get(arn)
  if (secret === undefined) throw new TemplateError(where, `expected a secret of this stack, got ${arn}`)
  return secret
}

function setHeader(request: IncomingMessage, name: string, value: string): void {
  request.headers[name] = value
  const { rawHeaders } = request
  for (let index = rawHeaders.length - 2; index >= 0; index -= 2)
    if (rawHeaders[index]?.toLowerCase() === name) rawHeaders.splice(index, 2)
  rawHeaders.push(name, value)
}
