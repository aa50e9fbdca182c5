import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { CONTEXT } from '../../cdk/context-flags.ts'
import { addStacks } from '../../cdk/stage-stacks.ts'
import { DEV } from '../../cdk/stages/dev.ts'
import { PROD } from '../../cdk/stages/prod.ts'
import type { StageConfig } from '../../cdk/stages/stage-config.ts'
import { TEST } from '../../cdk/stages/test.ts'
import { plain } from './plain-values.ts'
import { synthesize } from './synthesis.ts'

const CERTIFICATE = 'arn:aws:acm:us-east-1:123456789012:certificate/0'

/** Returns the template of the main stack of a stage. */
function templateOf(stage: StageConfig): Template {
  const outdir = mkdtempSync(join(tmpdir(), 'itastream-edge-'))
  try {
    const app = new App({
      outdir,
      context: CONTEXT,
      analyticsReporting: false,
      builtinCloudFormationValidation: false,
    })
    return Template.fromStack(addStacks(app, stage).main)
  } finally {
    rmSync(outdir, { recursive: true, force: true })
  }
}

suite('the edge', () => {
  test('has a name of your own with TLS 1.2, which addresses and the policy of the page name', () => {
    assert.ok(PROD.edge !== undefined)
    const domain = { name: 'boards.example.co.jp', certificateArn: CERTIFICATE }
    const template = templateOf({ ...PROD, edge: { ...PROD.edge, domain } })
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        Aliases: ['boards.example.co.jp'],
        ViewerCertificate: {
          AcmCertificateArn: CERTIFICATE,
          MinimumProtocolVersion: 'TLSv1.2_2021',
          SslSupportMethod: 'sni-only',
        },
      },
    })
    const outputs = template.toJSON().Outputs as Record<string, { Value: unknown }>
    assert.deepEqual(
      ['RestUrl', 'WebSocketUrl', 'PageUrl', 'EdgeTarget'].map(name => plain(outputs[name]?.Value)),
      [
        'https://boards.example.co.jp',
        'wss://boards.example.co.jp/live',
        'https://boards.example.co.jp',
        'EdgeDistribution.DomainName',
      ],
    )
    const policies = Object.values(template.findResources('AWS::CloudFront::ResponseHeadersPolicy'))
    assert.ok(plain(policies).includes("connect-src 'self' wss://boards.example.co.jp https://"))
  })

  test('lets the page connect to endpoints of your issuer at other origins, and refuses what is no origin', () => {
    const { edge } = PROD
    assert.ok(edge !== undefined)
    const withOrigins = (...signInOrigins: string[]) =>
      templateOf({ ...PROD, edge: { ...edge, signInOrigins } })
    const template = withOrigins('https://oauth2.example.co.jp', 'https://login.example.co.jp:8443')
    const policies = plain(Object.values(template.findResources('AWS::CloudFront::ResponseHeadersPolicy')))
    const connect = /connect-src [^;]*/.exec(policies)?.[0]
    assert.match(connect ?? '', / https:\/\/oauth2\.example\.co\.jp https:\/\/login\.example\.co\.jp:8443$/)
    for (const text of [
      'http://a.example',
      'https://a.example/',
      'https://a.example/token',
      "https://a.example; script-src 'unsafe-inline'",
      'a.example',
    ])
      assert.throws(
        () => withOrigins(text),
        /^RangeError: edge\.signInOrigins: expected https and a host, got "/,
      )
  })

  test('of the stage test has no name of prod, and the stage dev has no edge and one stack', () => {
    assert.equal(TEST.edge?.domain, undefined)
    assert.equal(DEV.edge, undefined)
    const { template, resources, firewall } = synthesize('dev')
    assert.deepEqual(firewall, {})
    const types = new Set(Object.values(resources).map(({ Type }) => Type))
    assert.ok(!types.has('AWS::CloudFront::Distribution'))
    const { Outputs, Parameters } = template.toJSON() as Record<string, Record<string, { Value: unknown }>>
    assert.equal(plain(Outputs?.RestUrl?.Value), 'RestApi.ApiEndpoint')
    assert.equal(plain(Outputs?.WebSocketUrl?.Value), 'RealtimeApi.ApiEndpoint/live')
    for (const name of ['PageUrl', 'PageBucket', 'EdgeTarget']) assert.ok(!(name in (Outputs ?? {})), name)
    assert.ok(!('WebAclArn' in (Parameters ?? {})))
  })

  test('caches by path and query, real-time answers by the token, and errors by Cache-Control alone', () => {
    const { template } = synthesize()
    const [distribution] = Object.values(template.findResources('AWS::CloudFront::Distribution'))
    const config = distribution?.Properties.DistributionConfig
    const paths = config.CacheBehaviors.map(({ PathPattern }: { PathPattern: string }) => PathPattern)
    assert.deepEqual(paths, ['/v1/realtime/*', '/v1/*', '/live'])
    const policies = template.findResources('AWS::CloudFront::CachePolicy')
    const policyOf = (behavior: { CachePolicyId: { Ref: string } }): string =>
      plain(policies[behavior.CachePolicyId.Ref]?.Properties.CachePolicyConfig)
    const compressed = 'EnableAcceptEncodingBrotli=true EnableAcceptEncodingGzip=true'
    const [users, everybody, socket] = config.CacheBehaviors
    assert.match(policyOf(users), /MaxTTL=1 .*MinTTL=0 /)
    assert.match(policyOf(users), /HeaderBehavior=whitelist Headers=Authorization/)
    assert.match(policyOf(everybody), /DefaultTTL=0 MaxTTL=3600 MinTTL=0 /)
    assert.match(policyOf(everybody), /HeaderBehavior=none/)
    assert.match(policyOf(config.DefaultCacheBehavior), /DefaultTTL=60 MaxTTL=31536000 /)
    for (const behavior of [users, everybody]) {
      assert.match(policyOf(behavior), /QueryStringBehavior=all/)
      assert.ok(policyOf(behavior).includes(compressed))
      assert.equal(behavior.Compress, true)
    }
    // The managed policies CachingDisabled and AllViewerExceptHostHeader (CloudFront developer guide).
    assert.deepEqual(
      [socket.CachePolicyId, socket.OriginRequestPolicyId],
      ['4135ea2d-6df8-44a3-9df3-4b5a84be39ad', 'b689b0a8-53d0-40ab-baf2-68738e2966ac'],
    )
    assert.deepEqual(
      config.CustomErrorResponses.map((error: { ErrorCode: number; ErrorCachingMinTTL: number }) => [
        error.ErrorCode,
        error.ErrorCachingMinTTL,
      ]),
      [404, 414, 500, 501, 502, 503, 504].map(code => [code, 0]),
    )
  })

  test('has names that a stack of the same name in another region does not have', () => {
    const named = Object.entries(synthesize().resources).flatMap(([id, { Type, Properties }]) => {
      const [config] = Object.values(Properties ?? {}) as { Name?: unknown }[]
      return Type.startsWith('AWS::CloudFront::') && config?.Name !== undefined ? [[id, config.Name]] : []
    })
    // Three policies of caching, two of headers, one of requests, and the access to the page.
    assert.equal(named.length, 7)
    for (const [id, name] of named) assert.match(plain(name), /-Region$/, String(id))
  })

  test('has a firewall in us-east-1 that answers requests above a limit by 429', () => {
    const { firewall } = synthesize()
    const [acl] = Object.values(firewall).filter(({ Type }) => Type === 'AWS::WAFv2::WebACL')
    const rules = acl?.Properties.Rules as { Name: string; Statement: object; Action?: object }[]
    assert.equal(acl?.Properties.Scope, 'CLOUDFRONT')
    assert.deepEqual(
      rules.map(({ Name }) => Name),
      [
        'Connects',
        'ConnectsOfNetwork',
        'HeavyRest',
        'Rest',
        'RealtimeOfToken',
        'AWSManagedRulesAmazonIpReputationList',
        'AWSManagedRulesKnownBadInputsRuleSet',
        'AWSManagedRulesCommonRuleSet',
      ],
    )
    const limits = rules.slice(0, 5).map(({ Statement, Action }) => plain([Statement, Action]))
    const token =
      'CUSTOM_KEYS CustomKeys=Header=Name=authorization ' +
      'TextTransformations=Priority=0 Type=COMPRESS_WHITE_SPACE, Priority=1 Type=LOWERCASE'
    for (const [index, [key, most]] of [
      ['IP', 300],
      ['CUSTOM_KEYS CustomKeys=ASN=', 30_000],
      ['IP', 1_500],
      ['IP', 10_000],
      [token, 3_000],
    ].entries()) {
      const text = `AggregateKeyType=${key} EvaluationWindowSec=300 Limit=${most} `
      assert.ok(limits[index]?.includes(text), `expected ${text}, got ${limits[index]}`)
      assert.match(limits[index] ?? '', /CustomResponseBodyKey=too-many-requests ResponseCode=429/)
    }
    const paths = limits.map(text => new RegExp(/RegexString=(\S+)/.exec(text)?.[1] ?? ''))
    const limitsOf = (path: string): number[] => paths.flatMap((regex, at) => (regex.test(path) ? [at] : []))
    assert.deepEqual(limitsOf('/live'), [0, 1])
    assert.deepEqual(limitsOf('/v1/realtime/ticks/7203'), [2, 3, 4])
    assert.deepEqual(limitsOf('/v1/realtime/boards/7203'), [3, 4])
    assert.deepEqual(limitsOf('/v1/market'), [2, 3])
    assert.deepEqual(limitsOf('/v1/boards/7203'), [3])
    assert.deepEqual(limitsOf('/page.js'), [])
    const log = Object.values(firewall).find(({ Type }) => Type === 'AWS::Logs::LogGroup')
    assert.equal(log?.Properties.RetentionInDays, 365)
    // A log of an earlier stack may have the rest of the name.
    assert.match(plain(log?.Properties.LogGroupName), /^aws-waf-logs-Itastream-.*StackId/)
  })
})
