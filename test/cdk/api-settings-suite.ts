import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { plain } from './plain-values.ts'
import { settingsOf } from './settings-of.ts'
import { synthesize } from './synthesis.ts'
import { nameOf } from './template-reading.ts'

const { resources, template } = synthesize()

suite('the settings of the APIs and of sign-in', () => {
  test('name the APIs of a stage, so that an operator tells them apart', () => {
    assert.deepEqual(settingsOf('AWS::ApiGatewayV2::Api', 'Name'), {
      RealtimeApi: ['Itastream WebSocket'],
      RestApi: ['Itastream REST'],
    })
  })

  test('limit the heavy routes for everybody, after all routes exist', () => {
    const [stage] = Object.entries(resources).filter(([id]) => nameOf(id) === 'RestStage')
    const limits = { ThrottlingBurstLimit: 250, ThrottlingRateLimit: 100 }
    assert.deepEqual(stage?.[1].Properties.RouteSettings, {
      'GET /v1/ticks/{issue}': limits,
      'GET /v1/trades/{issue}': limits,
      'GET /v1/bars/{issue}': limits,
      'GET /v1/market': limits,
    })
    const routes = Object.entries(resources)
      .filter(([id, { Type }]) => Type === 'AWS::ApiGatewayV2::Route' && id.startsWith('Rest'))
      .map(([id]) => id)
    const before = new Set([stage?.[1].DependsOn].flat())
    assert.deepEqual(
      routes.filter(id => !before.has(id)),
      [],
    )
    assert.ok(routes.length > 10)
  })

  test('limit connects and messages of apps, each for itself, after their routes exist', () => {
    const [stage] = Object.entries(resources).filter(([id]) => nameOf(id) === 'RealtimeStage')
    assert.deepEqual(stage?.[1].Properties.RouteSettings, {
      $connect: { ThrottlingBurstLimit: 450, ThrottlingRateLimit: 450 },
      $default: { ThrottlingBurstLimit: 1_000, ThrottlingRateLimit: 600 },
    })
    const routes = Object.entries(resources)
      .filter(([id, { Type }]) => Type === 'AWS::ApiGatewayV2::Route' && id.startsWith('Realtime'))
      .map(([id]) => id)
    const before = new Set([stage?.[1].DependsOn].flat())
    assert.deepEqual([routes.length, routes.filter(id => !before.has(id))], [3, []])
  })

  test('limit the requests of both APIs, and allow pages of any origin to read', () => {
    const stages = settingsOf('AWS::ApiGatewayV2::Stage', 'StageName', 'DefaultRouteSettings', 'AutoDeploy')
    assert.deepEqual(stages, {
      RealtimeStage: ['live', { ThrottlingBurstLimit: 1_000, ThrottlingRateLimit: 600 }, true],
      RestStage: ['$default', { ThrottlingBurstLimit: 1_000, ThrottlingRateLimit: 400 }, true],
    })
    const apis = settingsOf(
      'AWS::ApiGatewayV2::Api',
      'ProtocolType',
      'RouteSelectionExpression',
      'CorsConfiguration',
    )
    const cors = {
      AllowHeaders: ['authorization', 'if-none-match'],
      AllowMethods: ['GET'],
      AllowOrigins: ['*'],
      ExposeHeaders: ['etag'],
      MaxAge: 86_400,
    }
    assert.deepEqual(apis, {
      RealtimeApi: ['WEBSOCKET', '$request.body.action', undefined],
      RestApi: ['HTTP', undefined, cors],
    })
    const [[type, identity] = []] = Object.values(
      settingsOf('AWS::ApiGatewayV2::Authorizer', 'AuthorizerType', 'IdentitySource'),
    )
    assert.deepEqual([type, identity], ['JWT', ['$request.header.Authorization']])
  })

  test('let only administrators create users, with long passwords and tokens of an hour', () => {
    const [[creation, policies] = []] = Object.values(
      settingsOf('AWS::Cognito::UserPool', 'AdminCreateUserConfig', 'Policies'),
    )
    assert.equal(plain(creation), 'AllowAdminCreateUserOnly=true')
    assert.equal(
      plain(policies),
      'PasswordPolicy=MinimumLength=12 RequireLowercase=true RequireNumbers=true RequireSymbols=true RequireUppercase=true TemporaryPasswordValidityDays=3',
    )
    const [[validity, units, flows, errors] = []] = Object.values(
      settingsOf(
        'AWS::Cognito::UserPoolClient',
        'AccessTokenValidity',
        'TokenValidityUnits',
        'ExplicitAuthFlows',
        'PreventUserExistenceErrors',
      ),
    )
    // A session ends after 720 minutes: users sign in on each trading date.
    assert.deepEqual(
      [validity, units, errors],
      [60, { AccessToken: 'minutes', RefreshToken: 'minutes' }, 'ENABLED'],
    )
    assert.deepEqual(flows, ['ALLOW_USER_SRP_AUTH'])
    const generated = settingsOf('AWS::SecretsManager::Secret', 'GenerateSecretString')
    assert.deepEqual(generated, {
      EdgeHeaderSecret: [{ ExcludePunctuation: true, PasswordLength: 48 }],
    })
  })

  test('let the page, an app and the command line sign in, with the scope of real-time data', () => {
    const [client = []] = Object.values(
      settingsOf(
        'AWS::Cognito::UserPoolClient',
        'AllowedOAuthFlowsUserPoolClient',
        'AllowedOAuthFlows',
        'AllowedOAuthScopes',
        'RefreshTokenValidity',
        'RefreshTokenRotation',
      ),
    )
    assert.deepEqual(client.map(plain), [
      'true',
      'code',
      'openid, SignInUsersPrices/realtime',
      '720',
      'Feature=ENABLED RetryGracePeriodSeconds=60',
    ])
    const [[callbacks, logouts] = []] = Object.values(
      settingsOf('AWS::Cognito::UserPoolClient', 'CallbackURLs', 'LogoutURLs'),
    )
    const [command, callback] = callbacks as [string, { 'Fn::If': unknown[] }]
    assert.equal(command, 'http://localhost:8976/')
    assert.deepEqual(callback['Fn::If'].slice(1), [{ Ref: 'AWS::NoValue' }, { Ref: 'SignInCallback' }])
    assert.deepEqual(logouts, callbacks)
    const [[identifier, scopes] = []] = Object.values(
      settingsOf('AWS::Cognito::UserPoolResourceServer', 'Identifier', 'Scopes'),
    )
    assert.deepEqual(
      [identifier, plain(scopes)],
      ['itastream', 'ScopeDescription=Real-time prices ScopeName=realtime'],
    )
    const { Conditions } = template.toJSON() as { Conditions: Record<string, unknown> }
    const noIssuer = Object.keys(Conditions).find(id => nameOf(id) === 'SignInNoTokenIssuer')
    const ofSignIn = Object.values(resources).filter(({ Type }) => Type.startsWith('AWS::Cognito::'))
    assert.deepEqual(ofSignIn.map(({ Type }) => Type.slice('AWS::Cognito::'.length)).toSorted(), [
      'ManagedLoginBranding',
      'UserPool',
      'UserPoolClient',
      'UserPoolDomain',
      'UserPoolResourceServer',
    ])
    for (const { Condition } of ofSignIn) assert.equal(Condition, noIssuer)
  })

  test('demand the scopes on all routes of real-time prices and nowhere else, unless none are set', () => {
    const routes = settingsOf(
      'AWS::ApiGatewayV2::Route',
      'RouteKey',
      'AuthorizationType',
      'AuthorizationScopes',
    )
    const shown = Object.values(routes).map(([key, type, scopes]) => ({
      isRealtime: String(key).includes(' /v1/realtime/'),
      needsToken: type === 'JWT',
      scopes: scopes === undefined ? '' : JSON.stringify(scopes),
    }))
    const scopes = new Set(shown.filter(route => route.isRealtime).map(route => route.scopes))
    assert.equal(scopes.size, 1)
    assert.match(
      [...scopes].join(),
      /^{"Fn::If":\["SignInNoTokenScopes\w+",{"Ref":"AWS::NoValue"},{"Fn::Split":\[" ",{"Ref":"TokenScopes"}\]}\]}$/,
    )
    for (const { isRealtime, needsToken, scopes } of shown) {
      assert.equal(needsToken, isRealtime)
      assert.equal(scopes !== '', isRealtime)
    }
    assert.ok(shown.filter(route => route.isRealtime).length > 5)
  })
})
