/** Reads the APIs of API Gateway from the template: routes, integrations, stages, rights to call a function. */
import * as v from 'valibot'
import type { FunctionDirectory } from '../functions/directory.ts'
import type { FunctionTarget } from '../functions/function.ts'
import { functionArn, readAddress } from '../functions/function-address.ts'
import { readPattern } from '../iam/iam-pattern.ts'
import { arn } from '../template/place.ts'
import { readProperties } from '../template/properties.ts'
import type { Stack } from '../template/stack.ts'
import { TemplateError } from '../template/template-error.ts'
import { readStage, type Throttle } from './stage.ts'

export interface Route {
  /** `$connect`, `GET /v1/boards/{issue}` … */
  readonly key: string
  readonly target: FunctionTarget
  /** Whether an AWS::Lambda::Permission allows this API to call the function by this route. */
  readonly permitted: boolean
  readonly authorizer: JwtAuthorizer | undefined
  readonly scopes: readonly string[]
  /** Limit of the stage, `undefined` if only the account's quota bounds the route. */
  readonly throttle: Throttle | undefined
}

export interface JwtAuthorizer {
  readonly issuer: string
  readonly audience: readonly string[]
  /** Request headers that can contain the token. */
  readonly headers: readonly string[]
}

export interface Cors {
  readonly origins: readonly string[]
  readonly methods: readonly string[]
  readonly headers: readonly string[]
  readonly exposed: readonly string[]
  readonly maxAge: number | undefined
  readonly credentials: boolean
}

export interface Api {
  readonly logicalId: string
  readonly id: string
  readonly protocol: 'HTTP' | 'WEBSOCKET'
  /** Expression for the member of a message that names its route: `$request.body.action`. */
  readonly routeSelection: string
  readonly stage: string
  readonly routes: readonly Route[]
  readonly cors: Cors | undefined
  readonly ignored: readonly string[]
}

const texts = v.optional(v.array(v.string()), [])
const apiSchema = v.object({
  ProtocolType: v.picklist(['HTTP', 'WEBSOCKET']),
  RouteSelectionExpression: v.optional(v.string(), ''),
  CorsConfiguration: v.optional(
    v.object({
      AllowOrigins: texts,
      AllowMethods: texts,
      AllowHeaders: texts,
      ExposeHeaders: texts,
      MaxAge: v.optional(v.number()),
      AllowCredentials: v.optional(v.boolean(), false),
    }),
  ),
})
const routeSchema = v.object({
  ApiId: v.string(),
  RouteKey: v.string(),
  Target: v.string(),
  AuthorizationType: v.optional(v.picklist(['NONE', 'JWT']), 'NONE'),
  AuthorizerId: v.optional(v.string()),
  AuthorizationScopes: texts,
})
const integrationSchema = v.object({
  ApiId: v.string(),
  IntegrationType: v.literal('AWS_PROXY'),
  IntegrationUri: v.string(),
  PayloadFormatVersion: v.optional(v.string()),
})
const authorizerSchema = v.object({
  ApiId: v.string(),
  AuthorizerType: v.literal('JWT'),
  IdentitySource: v.array(v.string()),
  JwtConfiguration: v.object({ Issuer: v.string(), Audience: v.array(v.string()) }),
})
const permissionSchema = v.object({
  Action: v.string(),
  FunctionName: v.string(),
  Principal: v.string(),
  SourceArn: v.optional(v.string()),
})

/** Reads every API of the stack. @throws TemplateError if a route has no function. */
export function readApis(stack: Stack, functions: FunctionDirectory): Api[] {
  const stages = stack.ofType('AWS::ApiGatewayV2::Stage').map(readStage)
  const routes = stack.ofType('AWS::ApiGatewayV2::Route').map(r => ({ r, ...readProperties(r, routeSchema) }))
  const integrations = new Map(
    stack
      .ofType('AWS::ApiGatewayV2::Integration')
      .map(r => [stack.ref(r.logicalId), readProperties(r, integrationSchema)]),
  )
  const authorizers = new Map(
    stack
      .ofType('AWS::ApiGatewayV2::Authorizer')
      .map(r => [stack.ref(r.logicalId), readProperties(r, authorizerSchema)]),
  )
  const permissions = stack
    .ofType('AWS::Lambda::Permission')
    .map(r => readProperties(r, permissionSchema))
    .filter(p => p.Action === 'lambda:InvokeFunction' && p.Principal === 'apigateway.amazonaws.com')

  return stack.ofType('AWS::ApiGatewayV2::Api').map((resource): Api => {
    const { logicalId } = resource
    const api = readProperties(resource, apiSchema)
    const id = stack.ref(logicalId)
    const [stage, ...others] = stages.filter(({ apiId }) => apiId === id)
    if (stage === undefined || others.length > 0) {
      throw new TemplateError(
        logicalId,
        `expected an API with one stage, found ${others.length + (stage ? 1 : 0)}`,
      )
    }
    const cors = api.CorsConfiguration
    return {
      logicalId,
      id,
      protocol: api.ProtocolType,
      routeSelection: api.RouteSelectionExpression,
      stage: stage.name,
      cors: cors && {
        origins: cors.AllowOrigins,
        methods: cors.AllowMethods,
        headers: cors.AllowHeaders,
        exposed: cors.ExposeHeaders,
        maxAge: cors.MaxAge,
        credentials: cors.AllowCredentials,
      },
      ignored: stage.ignored,
      routes: routes
        .filter(route => route.ApiId === id)
        .map((route): Route => {
          const where = route.r.logicalId
          const target = targetOf(where, route.Target, integrations, functions)
          const path = route.RouteKey.replace(' ', '')
          const source = arn('execute-api', `${id}/${stage.name}/${path}`)
          return {
            key: route.RouteKey,
            target,
            scopes: route.AuthorizationScopes,
            throttle: stage.throttleOf(route.RouteKey),
            permitted: permissions.some(
              p =>
                functionArn(readAddress(p.FunctionName)) === target.definition.arn &&
                (p.SourceArn === undefined || readPattern(p.SourceArn, true).matches(source)),
            ),
            authorizer:
              route.AuthorizationType === 'JWT'
                ? authorizerOf(where, route.AuthorizerId, authorizers)
                : undefined,
          }
        }),
    }
  })
}

function targetOf(
  where: string,
  target: string,
  integrations: ReadonlyMap<string, v.InferOutput<typeof integrationSchema>>,
  functions: FunctionDirectory,
): FunctionTarget {
  const integration = integrations.get(target.replace(/^integrations\//, ''))
  if (integration === undefined)
    throw new TemplateError(where, `Target: expected an integration, got ${target}`)
  // The URI is the ARN of the function, or the path by which API Gateway calls the function, with the ARN in it.
  const uri = integration.IntegrationUri
  return functions.expect(/[^/]*:function:[^/]*/.exec(uri)?.[0] ?? uri, `${where}: integration`)
}

function authorizerOf(
  where: string,
  id: string | undefined,
  authorizers: ReadonlyMap<string, v.InferOutput<typeof authorizerSchema>>,
): JwtAuthorizer {
  const authorizer = id === undefined ? undefined : authorizers.get(id)
  if (authorizer === undefined)
    throw new TemplateError(where, `AuthorizerId: expected a JWT authorizer, got ${id}`)
  const prefix = '$request.header.'
  return {
    issuer: authorizer.JwtConfiguration.Issuer,
    audience: authorizer.JwtConfiguration.Audience,
    headers: authorizer.IdentitySource.filter(source => source.startsWith(prefix)).map(source =>
      source.slice(prefix.length).toLowerCase(),
    ),
  }
}
