import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Match } from 'aws-cdk-lib/assertions'
import { FUNCTION_SETTINGS } from '../../cdk/function-settings.ts'
import { COMMON_SETTINGS } from '../../contract/settings.ts'
import { LINES } from '../../market/lane.ts'
import { synthesize } from './synthesis.ts'
import { read, referencesIn } from './template-reading.ts'

const { template, resources, findings } = synthesize()
const { ofType, environments, routesOf, statements } = read(resources)

test('neither cdk-nag nor the rules of CloudFormation find anything without a reason', () => {
  assert.deepEqual(findings, [])
})

describe('the template', () => {
  test('can be read by an interpreter that knows nine intrinsic functions', () => {
    const used = new Set([...referencesIn(template.toJSON())].map(([name]) => name))
    assert.ok(used.size > 0)
    const known = ['Ref', 'GetAtt', 'GetAZs', 'Join', 'If', 'Equals', 'Select', 'Split', 'Sub']
    assert.deepEqual([...used].filter(name => !known.includes(name.replace('Fn::', ''))).sort(), [])
  })

  test('has no custom resource, and no parameter without a default', () => {
    const types = Object.values(resources).map(({ Type }) => Type)
    assert.deepEqual(
      types.filter(type => type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource'),
      [],
    )
    assert.ok(types.length > 0)
    const { Parameters } = template.toJSON() as { Parameters: Record<string, { Default?: string }> }
    assert.ok(Object.keys(Parameters).length > 0)
    for (const [name, parameter] of Object.entries(Parameters)) assert.ok('Default' in parameter, name)
  })

  test('tells where to connect and whose tokens are taken', () => {
    for (const output of ['WebSocketUrl', 'RestUrl', 'TokenIssuer', 'TokenAudience'])
      template.hasOutput(output, {})
  })
})

describe('routes', () => {
  test('of the WebSocket API lead to connect, disconnect and message', () => {
    assert.deepEqual(routesOf('WEBSOCKET'), {
      $connect: 'connect',
      $disconnect: 'disconnect',
      $default: 'message',
    })
  })

  test('of the HTTP API want a token for real-time prices and nothing else', () => {
    const prices = [
      'boards',
      'boards/{issue}',
      'ticks/{issue}',
      'trades/{issue}',
      'bars/{issue}',
      'days',
      'days/{issue}',
    ]
    assert.deepEqual(routesOf('HTTP'), {
      ...Object.fromEntries(prices.map(path => [`GET /v1/${path}`, 'delayed-prices'])),
      ...Object.fromEntries(prices.map(path => [`GET /v1/realtime/${path}`, 'realtime-prices with a token'])),
      'GET /v1/issues': 'market-info',
      'GET /v1/status': 'market-info',
    })
  })

  test('write an access log without headers', () => {
    const { Format } = ofType('AWS::ApiGatewayV2::Stage').flatMap(
      ({ Properties }) => (Properties.AccessLogSettings as { Format: string } | undefined) ?? [],
    )[0] ?? { Format: '' }
    assert.match(Format, /\$context\.status/)
    assert.doesNotMatch(Format, /header|sourceIp|identity/i)
  })
})

describe('functions', () => {
  test('have the environment that their settings ask for, and no more', () => {
    const common = [
      ...Object.keys(COMMON_SETTINGS),
      'POWERTOOLS_SERVICE_NAME',
      'POWERTOOLS_METRICS_NAMESPACE',
      'NODE_OPTIONS',
    ]
    const given = [...environments].map(([name, environment]) => [name, Object.keys(environment).sort()])
    const wanted = Object.entries(FUNCTION_SETTINGS).map(([name, settings]) => [
      name,
      [...common, ...Object.keys(settings)].sort(),
    ])
    assert.deepEqual(Object.fromEntries(given), Object.fromEntries(wanted))
  })

  test('run on the Lambda runtime that they are tested on, on arm64, each with a log that ends', () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: `nodejs${process.versions.node.split('.')[0]}.x`,
      Architectures: ['arm64'],
      Handler: 'index.handler',
      LoggingConfig: { LogGroup: Match.anyValue() },
    })
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 })
  })

  test('post to the live stage alone', () => {
    const posts = statements.filter(({ Action }) => Action === 'execute-api:ManageConnections')
    assert.equal(posts.length, 3)
    for (const { Resource } of posts) {
      const joined = Resource as { 'Fn::Join': [string, unknown[]] }[]
      assert.ok(joined.length > 0)
      for (const resource of joined)
        assert.match(String(resource['Fn::Join'][1].at(-1)), /^\/live\/(POST|GET)\/@connections\/\*$/)
    }
  })
})

describe('permissions', () => {
  test('name no action by a wildcard', () => {
    const actions = statements.flatMap(({ Action }) => Action)
    assert.ok(actions.length > 0)
    assert.deepEqual(
      actions.filter(action => action.includes('*')),
      [],
    )
  })

  test('name every resource, but for the login to the image registry, which takes none', () => {
    const wide = statements.filter(({ Resource }) => [Resource].flat().includes('*'))
    assert.deepEqual(
      wide.map(({ Action }) => Action),
      Array.from({ length: LINES }, () => 'ecr:GetAuthorizationToken'),
    )
  })

  test('let delayed-prices read ticks and who is listed, and no board of now', () => {
    const allowed = ofType('AWS::IAM::Policy')
      .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes('RestDelayedPrices'))
      .flatMap(({ Properties }) => (Properties.PolicyDocument as { Statement: object[] }).Statement)
      .filter(statement => JSON.stringify(statement).includes('dynamodb:'))
    const arnOf = (table: string) => ({ 'Fn::GetAtt': [Match.stringLikeRegexp(`^Tables${table}`), 'Arn'] })
    const expected = Match.exact([
      { Effect: 'Allow', Action: 'dynamodb:Query', Resource: arnOf('Ticks') },
      {
        Effect: 'Allow',
        Action: 'dynamodb:BatchGetItem',
        Resource: arnOf('Boards'),
        Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['issues#*'] } },
      },
    ])
    assert.deepEqual(expected.test(allowed).toHumanStrings(), [])
  })

  test('come from no policy of AWS', () => {
    for (const { Properties } of ofType('AWS::IAM::Role'))
      assert.equal(Properties.ManagedPolicyArns, undefined)
  })
})

describe('sign-in', () => {
  test('makes a user pool only where no issuer is given', () => {
    template.hasCondition('*', { 'Fn::Equals': [{ Ref: 'TokenIssuer' }, ''] })
    for (const type of ['AWS::Cognito::UserPool', 'AWS::Cognito::UserPoolClient'])
      for (const resource of ofType(type)) assert.match(String(resource.Condition), /NoTokenIssuer/)
  })

  test('tells connect and the authorizer of the same issuer and audience', () => {
    const [authorizer] = ofType('AWS::ApiGatewayV2::Authorizer')
    const { TOKEN_ISSUER, TOKEN_AUDIENCE } = environments.get('connect') ?? {}
    assert.deepEqual(authorizer?.Properties.JwtConfiguration, {
      Issuer: TOKEN_ISSUER,
      Audience: [TOKEN_AUDIENCE],
    })
  })
})
