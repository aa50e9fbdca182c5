/** What CloudFront, its firewall and the functions behind them let through. Stages without an edge have nothing to check. */
import { EDGE_HEADER } from '../../../contract/edge-header.ts'
import { type CloudProperty, inEachStage } from '../cloud-property.ts'
import type { Resource, StageSynthesis } from '../stage-synthesis.ts'

export type Resources = Readonly<Record<string, Resource>>

interface Behavior {
  readonly PathPattern?: string
  readonly ViewerProtocolPolicy: string
  readonly CachePolicyId: { readonly Ref?: string }
  readonly ResponseHeadersPolicyId?: { readonly Ref?: string }
}

interface DistributionConfig {
  readonly Origins: readonly {
    readonly Id: string
    readonly CustomOriginConfig?: {
      readonly OriginProtocolPolicy: string
      readonly OriginSSLProtocols: readonly string[]
    }
    readonly OriginCustomHeaders?: readonly { readonly HeaderName: string; readonly HeaderValue: unknown }[]
    readonly OriginAccessControlId?: unknown
  }[]
  readonly DefaultCacheBehavior: Behavior
  readonly CacheBehaviors: readonly Behavior[]
  readonly Logging?: { readonly IncludeCookies?: boolean }
  readonly WebACLId?: unknown
}

/** Headers that hold access tokens. */
const TOKEN_HEADERS = ['authorization', 'sec-websocket-protocol']

export const ofType = (resources: Resources, type: string): [string, Resource][] =>
  Object.entries(resources).filter(([, { Type }]) => Type === type)

/** Returns the distributions of a template by their logical ids. */
export function distributionsOf(resources: Resources): [string, DistributionConfig][] {
  return ofType(resources, 'AWS::CloudFront::Distribution').map(([id, { Properties }]) => [
    id,
    Properties.DistributionConfig as DistributionConfig,
  ])
}

const behaviorsOf = ({ DefaultCacheBehavior, CacheBehaviors }: DistributionConfig): readonly Behavior[] => [
  DefaultCacheBehavior,
  ...CacheBehaviors,
]

/** Returns the logical id that a `Ref` in a value names, in whatever function the `Ref` is. */
export const refIn = (value: unknown, id: string): boolean =>
  JSON.stringify(value ?? '').includes(`"Ref":"${id}"`)

/** Returns the functions that answer requests from outside, and do not ask for the secret of the edge; origins without it. */
export function directWays(resources: Resources): string[] {
  const distributions = distributionsOf(resources)
  const secret = ofType(resources, 'AWS::SecretsManager::Secret').find(([id]) =>
    id.startsWith('EdgeHeader'),
  )?.[0]
  const asking = ofType(resources, 'AWS::Lambda::Function').flatMap(([id, { Properties }]) => {
    const { Variables = {} } = (Properties.Environment ?? {}) as { Variables?: Record<string, unknown> }
    const isAsked = ['delayed-prices', 'realtime-prices', 'market-info', 'connect'].includes(
      String(Variables.POWERTOOLS_SERVICE_NAME),
    )
    return isAsked && !(secret !== undefined && refIn(Variables.EDGE_SECRET, secret))
      ? [
          `${id}: expected the secret of the edge in EDGE_SECRET, got ${JSON.stringify(Variables.EDGE_SECRET)}`,
        ]
      : []
  })
  const origins = distributions.flatMap(([id, { Origins }]) =>
    Origins.filter(({ CustomOriginConfig }) => CustomOriginConfig !== undefined).flatMap(origin => {
      const header = origin.OriginCustomHeaders?.find(({ HeaderName }) => HeaderName === EDGE_HEADER)
      return secret !== undefined && refIn(header?.HeaderValue, secret)
        ? []
        : [`${id}: expected the header ${EDGE_HEADER} at the origin ${origin.Id}`]
    }),
  )
  return distributions.length === 0 ? [`expected a distribution, got none`] : [...asking, ...origins]
}

/** Returns where a distribution takes or opens a connection without TLS 1.2 or higher. */
export function plainWays(resources: Resources): string[] {
  return distributionsOf(resources).flatMap(([id, config]) => [
    ...behaviorsOf(config)
      .filter(({ ViewerProtocolPolicy }) => ViewerProtocolPolicy === 'allow-all')
      .map(({ PathPattern = '*' }) => `${id}: ${PathPattern} allows http`),
    ...config.Origins.flatMap(({ Id, CustomOriginConfig: custom }) =>
      custom === undefined ||
      (custom.OriginProtocolPolicy === 'https-only' && custom.OriginSSLProtocols.join() === 'TLSv1.2')
        ? []
        : [`${id}: origin ${Id} allows ${custom.OriginProtocolPolicy} ${custom.OriginSSLProtocols.join()}`],
    ),
  ])
}

/** Returns what of the page's bucket is open to others than CloudFront. */
export function openPage(resources: Resources): string[] {
  return distributionsOf(resources).flatMap(([id, { Origins }]) => {
    const page = Origins.filter(({ CustomOriginConfig }) => CustomOriginConfig === undefined)
    const named = page.filter(({ OriginAccessControlId }) => OriginAccessControlId === undefined)
    const readers = ofType(resources, 'AWS::S3::BucketPolicy').flatMap(([policy, { Properties }]) =>
      (
        Properties.PolicyDocument as {
          Statement: { Effect: string; Principal: unknown; Condition?: unknown }[]
        }
      ).Statement.filter(
        ({ Effect, Principal }) => Effect === 'Allow' && JSON.stringify(Principal).includes('cloudfront'),
      )
        .filter(({ Condition }) => !refIn(Condition, id))
        .map(() => `${policy}: every distribution may read`),
    )
    return [
      ...(page.length === 1 ? [] : [`${id}: expected one bucket, got ${page.length}`]),
      ...named.map(({ Id }) => `${id}: origin ${Id} has no origin access control`),
      ...readers,
    ]
  })
}

/** Returns the behaviors of real-time prices whose cache does not tell tokens apart. */
export function sharedAnswers(resources: Resources): string[] {
  return distributionsOf(resources).flatMap(([id, config]) => {
    const realtime = config.CacheBehaviors[0]
    if (realtime?.PathPattern !== '/v1/realtime/*')
      return [`${id}: expected /v1/realtime/* first, got ${realtime?.PathPattern}`]
    const policy = JSON.stringify(resources[realtime.CachePolicyId.Ref ?? '']?.Properties ?? {})
    return policy.includes('"Authorization"')
      ? []
      : [`${id}: the cache of /v1/realtime/* has no Authorization`]
  })
}

/** Returns the logs in which a token could be. */
export function tokensInLogs(resources: Resources, firewall: Resources): string[] {
  const cookies = distributionsOf(resources)
    .filter(([, { Logging }]) => Logging?.IncludeCookies !== false)
    .map(([id]) => `${id}: expected an access log without cookies`)
  const isHidden = (value: unknown): boolean =>
    TOKEN_HEADERS.every(name => JSON.stringify(value ?? '').includes(`"${name}"`))
  const shown = (type: string, property: string): string[] =>
    ofType(firewall, type)
      .filter(([, { Properties }]) => !isHidden(Properties[property]))
      .map(([id]) => `${id}: expected ${TOKEN_HEADERS.join(' and ')} in ${property}`)
  return [
    ...cookies,
    ...shown('AWS::WAFv2::LoggingConfiguration', 'RedactedFields'),
    ...shown('AWS::WAFv2::WebACL', 'DataProtectionConfig'),
    ...ofType(firewall, 'AWS::WAFv2::WebACL')
      .filter(([, { Properties }]) => /"Exclude\w+Details":true/.test(JSON.stringify(Properties)))
      .map(([id]) => `${id}: expected no exception in DataProtectionConfig`),
  ]
}

/** Returns what the policy of the page allows beyond its own files. */
export function loosePolicies(resources: Resources): string[] {
  return distributionsOf(resources).flatMap(([id, { DefaultCacheBehavior }]) => {
    const headers = resources[DefaultCacheBehavior.ResponseHeadersPolicyId?.Ref ?? '']?.Properties
    const text = JSON.stringify(headers ?? '')
    const needed = ["default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'"]
    return [
      ...needed.filter(part => !text.includes(part)).map(part => `${id}: expected ${part} for the page`),
      ...(/unsafe-|script-src[^;]*https:/.test(text)
        ? [`${id}: the policy of the page allows foreign code`]
        : []),
      ...(text.includes('StrictTransportSecurity') ? [] : [`${id}: expected Strict-Transport-Security`]),
    ]
  })
}

/** Returns a property of the stages with an edge. */
export const ofEdges = (
  holds: string,
  find: (synthesis: StageSynthesis) => readonly string[],
): CloudProperty =>
  inEachStage('edge', `${holds} (test, prod)`, synthesis =>
    synthesis.stage.edge === undefined ? [] : find(synthesis),
  )

export const EDGE: readonly CloudProperty[] = [
  ofEdges('a request that did not come through CloudFront gets no data', ({ resources }) =>
    directWays(resources),
  ),
  ofEdges('readers, CloudFront and the APIs talk by TLS alone, with the APIs by TLS 1.2', ({ resources }) =>
    plainWays(resources),
  ),
  ofEdges('the bucket of the page is read by this distribution alone', ({ resources }) =>
    openPage(resources),
  ),
  ofEdges('no user gets the cached answer to the token of another', ({ resources }) =>
    sharedAnswers(resources),
  ),
  ofEdges('no log of the edge and of its firewall has a token', ({ resources, firewall }) =>
    tokensInLogs(resources, firewall),
  ),
  ofEdges('the page runs its own code alone, in no frame, by https alone', ({ resources }) =>
    loosePolicies(resources),
  ),
]
