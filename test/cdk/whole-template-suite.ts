import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Match } from 'aws-cdk-lib/assertions'
import { buildSync } from 'esbuild'
import { FUNCTION_SETTINGS } from '../../cdk/function-settings.ts'
import { pathOf } from '../../cdk/paths.ts'
import { COMMON_SETTINGS } from '../../contract/settings.ts'
import { LINE_NUMBERS } from '../../market/lane.ts'
import { ROUTES } from '../../rest/rest-routes.ts'
import { synthesize } from './synthesis.ts'
import { read, referencesIn } from './template-reading.ts'

const { template, resources } = synthesize()
const { ofType, environments, routesOf, statements } = read(resources)

test('a synthesis loads settings and names of the code, but no SDK', () => {
  const { metafile } = buildSync({
    absWorkingDir: pathOf('.'),
    entryPoints: ['cdk/app.ts'],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    metafile: true,
    write: false,
  })
  const modules = Object.values(metafile.inputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  assert.ok(modules.includes('aws-cdk-lib') && modules.some(path => path.endsWith('-settings.ts')))
  const unwanted = /^@aws-sdk|^@smithy|^@aws-lambda-powertools|^@middy|-handler\.ts$/
  assert.deepEqual(
    modules.filter(path => unwanted.test(path)),
    [],
  )
})

describe('the template', () => {
  test('uses no intrinsic function that the local cloud does not support', () => {
    const used = new Set([...referencesIn(template.toJSON())].map(([name]) => name))
    assert.ok(used.size > 0)
    const supported = 'Ref GetAtt GetAZs Join If Equals Not And Select Split Sub'.split(' ')
    assert.deepEqual([...used].filter(name => !supported.includes(name.replace('Fn::', ''))).sort(), [])
  })

  test('has no custom resource, and no parameter without a default except for the lines: hosts, ports and login', () => {
    const types = Object.values(resources).map(({ Type }) => Type)
    assert.deepEqual(
      types.filter(type => type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource'),
      [],
    )
    assert.ok(types.length > 0)
    const { Parameters } = template.toJSON() as { Parameters: Record<string, { Default?: string }> }
    assert.ok(Object.keys(Parameters).length > 0)
    for (const [name, parameter] of Object.entries(Parameters))
      assert.equal('Default' in parameter, !/^Line(Host\d|Port\d|Secret)$/.test(name), name)
  })

  test('has outputs for the addresses of the APIs and for the token issuer and audience', () => {
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

  test('of the HTTP API are those of the route table, with a token where the table asks for one', () => {
    assert.deepEqual(
      routesOf('HTTP'),
      Object.fromEntries(
        Object.entries(ROUTES).map(([path, { function: name, needsToken }]) => [
          `GET ${path}`,
          needsToken ? `${name} with a token` : name,
        ]),
      ),
    )
  })

  test('of real-time prices need a token, and no others do', () => {
    for (const [path, { needsToken }] of Object.entries(ROUTES))
      assert.equal(needsToken, path.startsWith('/v1/realtime/'), path)
  })

  test('write an access log with what happened, and from where', () => {
    const formats = ofType('AWS::ApiGatewayV2::Stage').map(
      ({ Properties }) => (Properties.AccessLogSettings as { Format: string }).Format,
    )
    const common = {
      time: '$context.requestTime',
      request: '$context.requestId',
      route: '$context.routeKey',
      status: '$context.status',
      integration: '$context.integrationErrorMessage',
      address: '$context.identity.sourceIp',
    }
    const webSocket = {
      ...common,
      connection: '$context.connectionId',
      event: '$context.eventType',
      error: '$context.error.message',
    }
    const rest = {
      ...common,
      milliseconds: '$context.responseLatency',
      bytes: '$context.responseLength',
      authorizer: '$context.authorizer.error',
    }
    assert.deepEqual(
      formats.map(format => JSON.parse(format)),
      [webSocket, rest],
    )
  })
})

describe('functions', () => {
  test('have exactly the environment of their settings', () => {
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

  test('run on arm64 and the Node version of the tests, each with a log that is kept for a year', () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: `nodejs${process.versions.node.split('.')[0]}.x`,
      Architectures: ['arm64'],
      Handler: 'index.handler',
      LoggingConfig: { LogGroup: Match.anyValue() },
    })
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 })
  })

  test('with millions of calls log those that fail alone, and the others all', () => {
    const quiet = ofType('AWS::Lambda::Function').filter(({ Properties }) => {
      const { LogFormat, SystemLogLevel } = Properties.LoggingConfig as Record<string, unknown>
      assert.equal(LogFormat === undefined, SystemLogLevel === undefined)
      return LogFormat === 'JSON' && SystemLogLevel === 'WARN'
    })
    const names = quiet.map(({ Properties }) => Properties.Description)
    assert.deepEqual(names.sort(), ['itastream broadcast', 'itastream push-room'])
  })

  test('may post to connections of the live stage only', () => {
    const posts = statements.filter(({ Action }) => Action === 'execute-api:ManageConnections')
    assert.equal(posts.length, 3)
    for (const { Resource } of posts) {
      const joined = [Resource].flat() as { 'Fn::Join': [string, unknown[]] }[]
      for (const resource of joined)
        assert.match(String(resource['Fn::Join'][1].at(-1)), /^\/live\/(POST|GET|DELETE)\/@connections\/\*$/)
    }
  })
})

describe('policies', () => {
  test('name no action by a wildcard', () => {
    const actions = statements.flatMap(({ Action }) => Action)
    assert.ok(actions.length > 0)
    assert.deepEqual(
      actions.filter(action => action.includes('*')),
      [],
    )
  })

  test('name every resource, except for the login to the image registry and traces, which support none', () => {
    const wide = statements.filter(({ Resource }) => [Resource].flat().includes('*'))
    const traces = 'xray:PutTelemetryRecords, xray:PutTraceSegments'
    assert.deepEqual(wide.map(({ Action }) => [Action].flat().sort().join(', ')).sort(), [
      ...LINE_NUMBERS.map(() => 'ecr:GetAuthorizationToken'),
      // connect, market-hours and close-of-day.
      traces,
      traces,
      traces,
    ])
  })

  test('allow functions that need no token to read what their answers have, but no latest board', () => {
    const onTables = (role: string) =>
      ofType('AWS::IAM::Policy')
        .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes(role))
        .flatMap(({ Properties }) => (Properties.PolicyDocument as { Statement: object[] }).Statement)
        .filter(statement => JSON.stringify(statement).includes('dynamodb:'))
    const allow = (action: string, table: string, condition: object) => ({
      Effect: 'Allow',
      Action: `dynamodb:${action}`,
      Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp(`^Tables${table}`), 'Arn'] },
      ...condition,
    })
    const equal = (...keys: string[]) => ({
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': keys } },
    })
    const master = { Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['issues#*'] } } }
    const expected = {
      RestDelayedPrices: [
        allow('GetItem', 'Control', equal('calendar')),
        allow('Query', 'Ticks', {}),
        allow('BatchGetItem', 'Boards', master),
      ],
      RestMarketInfo: [
        allow('GetItem', 'Control', equal('calendar', 'sectors')),
        allow('BatchGetItem', 'Boards', master),
        allow('BatchGetItem', 'Boards', equal('phase', 'news', 'line#1', 'line#2', 'line#3')),
      ],
    }
    for (const [role, statements] of Object.entries(expected))
      assert.deepEqual(Match.exact(statements).test(onTables(role)).toHumanStrings(), [], role)
  })

  test('are never managed policies of AWS', () => {
    for (const { Properties } of ofType('AWS::IAM::Role'))
      assert.equal(Properties.ManagedPolicyArns, undefined)
  })
})

describe('sign-in', () => {
  test('creates a user pool only if no issuer is given', () => {
    template.hasCondition('*', { 'Fn::Equals': [{ Ref: 'TokenIssuer' }, ''] })
    for (const type of ['AWS::Cognito::UserPool', 'AWS::Cognito::UserPoolClient'])
      for (const resource of ofType(type)) assert.match(String(resource.Condition), /NoTokenIssuer/)
  })

  test('gives connect, message and the authorizer the same issuer and audience', () => {
    const [authorizer] = ofType('AWS::ApiGatewayV2::Authorizer')
    const { TOKEN_ISSUER, TOKEN_AUDIENCE } = environments.get('connect') ?? {}
    assert.deepEqual(authorizer?.Properties.JwtConfiguration, {
      Issuer: TOKEN_ISSUER,
      Audience: [TOKEN_AUDIENCE],
    })
    const message = environments.get('message') ?? {}
    assert.deepEqual([message.TOKEN_ISSUER, message.TOKEN_AUDIENCE], [TOKEN_ISSUER, TOKEN_AUDIENCE])
  })
})
