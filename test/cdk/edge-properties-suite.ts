import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  directWays,
  loosePolicies,
  openPage,
  plainWays,
  sharedAnswers,
  tokensInLogs,
} from '../../tools/check-cloud/properties/edge.ts'
import { deployableWithout, missingLimits } from '../../tools/check-cloud/properties/firewall.ts'
import type { Resource } from '../../tools/check-cloud/stage-synthesis.ts'
import { synthesize } from './synthesis.ts'

const { resources, firewall } = synthesize()

type Resources = Readonly<Record<string, Resource>>

/** Returns the resources with another text in the JSON of their properties. */
function broken(from: Resources, text: string | RegExp, by: string): Resources {
  const before = JSON.stringify(from)
  const after = before.replace(text, by)
  assert.notEqual(after, before, `${text} is in no resource`)
  return JSON.parse(after) as Resources
}

suite('a property of the edge notices', () => {
  test('a function that does not ask for the secret, and an origin without it', () => {
    assert.deepEqual(directWays(resources), [])
    const noSecret = broken(resources, /"EDGE_SECRET":\{"Ref":"\w+"\}/, '"EDGE_SECRET":""')
    assert.match(
      directWays(noSecret).join('\n'),
      /^Realtime\w+: expected the secret of the edge in EDGE_SECRET, got ""$/,
    )
    const noHeader = broken(resources, '"HeaderName":"x-itastream-edge"', '"HeaderName":"x-other"')
    assert.match(
      directWays(noHeader).join('\n'),
      /^EdgeDistribution\w+: expected the header x-itastream-edge at the origin \S+$/,
    )
    assert.deepEqual(directWays(synthesize('dev').resources), ['expected a distribution, got none'])
  })

  test('http to a reader, and an old protocol to an API', () => {
    assert.deepEqual(plainWays(resources), [])
    const http = broken(
      resources,
      '"ViewerProtocolPolicy":"redirect-to-https"',
      '"ViewerProtocolPolicy":"allow-all"',
    )
    assert.match(plainWays(http).join(), /^EdgeDistribution\w+: \* allows http$/)
    assert.equal(
      plainWays(broken(resources, '"https-only","OriginReadTimeout"', '"match-viewer","OriginReadTimeout"'))
        .length,
      1,
    )
    assert.equal(plainWays(broken(resources, '["TLSv1.2"]', '["TLSv1","TLSv1.2"]')).length, 1)
  })

  test('a bucket without an access control, or for every distribution', () => {
    assert.deepEqual(openPage(resources), [])
    assert.match(
      openPage(broken(resources, '"OriginAccessControlId"', '"Other"')).join(),
      /has no origin access control$/,
    )
    const everybody = broken(resources, /distribution\/",\{"Ref":"\w+"\}/, 'distribution/","*"')
    assert.match(openPage(everybody).join(), /: every distribution may read$/)
  })

  test('a cache that does not tell tokens apart, and a behavior that comes too late', () => {
    assert.deepEqual(sharedAnswers(resources), [])
    assert.match(
      sharedAnswers(broken(resources, '"Headers":["Authorization"]', '"Headers":["Accept"]')).join(),
      /has no Authorization$/,
    )
    assert.match(
      sharedAnswers(broken(resources, '/v1/realtime/*', '/v2/*')).join(),
      /expected \/v1\/realtime\/\* first, got \/v2\/\*$/,
    )
  })

  test('cookies in the access log, and tokens in the log of the firewall', () => {
    assert.deepEqual(tokensInLogs(resources, firewall), [])
    assert.equal(
      tokensInLogs(broken(resources, '"IncludeCookies":false', '"IncludeCookies":true'), firewall).length,
      1,
    )
    const shown = broken(firewall, /sec-websocket-protocol/g, 'x-other')
    assert.equal(tokensInLogs(resources, shown).length, 2)
    const excepted = broken(
      firewall,
      '"Action":"SUBSTITUTION"',
      '"Action":"HASH","ExcludeRateBasedDetails":true',
    )
    assert.equal(tokensInLogs(resources, excepted).length, 1)
  })

  test('a distribution without a firewall, and a firewall without a limit', () => {
    assert.deepEqual(missingLimits(resources, firewall), [])
    assert.equal(missingLimits(broken(resources, '"WebACLId"', '"Other"'), firewall).length, 1)
    assert.deepEqual(missingLimits(resources, broken(firewall, '"RateBasedStatement"', '"Other"')), [
      'expected a limit Connects by IP in the web ACL, got undefined',
    ])
    assert.deepEqual(
      missingLimits(resources, broken(firewall, '"CustomKeys":[{"ASN"', '"CustomKeys":[{"IP"')),
      ['expected a limit ConnectsOfNetwork by ASN in the web ACL, got IP'],
    )
    assert.deepEqual(missingLimits(resources, broken(firewall, '"Name":"authorization"', '"Name":"host"')), [
      'expected a limit RealtimeOfToken by Header authorization in the web ACL, got Header host',
    ])
  })

  test('a deployment without a firewall that CloudFormation does not refuse', () => {
    const { Rules } = synthesize().template.toJSON()
    assert.deepEqual(deployableWithout({ Rules }), [])
    const { EdgeNeedsFirewall, ...others } = Rules
    const other = { Assertions: [{ Assert: { 'Fn::Equals': [{ Ref: 'WebAclArn' }, ''] } }] }
    for (const broken of [others, { ...others, EdgeNeedsFirewall: other }])
      assert.match(deployableWithout({ Rules: broken }).join(), /^expected a rule EdgeNeedsFirewall/)
  })

  test('a page that runs code of others, or may be shown in a frame', () => {
    assert.deepEqual(loosePolicies(resources), [])
    assert.equal(
      loosePolicies(broken(resources, "script-src 'self'", "script-src 'self' https://cdn.example")).length,
      2,
    )
    assert.equal(loosePolicies(broken(resources, /frame-ancestors 'none'/g, 'frame-ancestors *')).length, 1)
    assert.equal(loosePolicies(broken(resources, /StrictTransportSecurity/g, 'Other')).length, 1)
  })
})
