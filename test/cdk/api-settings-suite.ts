import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { plain } from './plain-values.ts'
import { settingsOf } from './settings-of.ts'
import { synthesize } from './synthesis.ts'
import { nameOf } from './template-reading.ts'

const { resources } = synthesize()

suite('the settings of the APIs and of sign-in', () => {
  test('limit the routes that read many ticks for everybody, after all routes exist', () => {
    const [stage] = Object.entries(resources).filter(([id]) => nameOf(id) === 'RestStage')
    const limits = { ThrottlingBurstLimit: 250, ThrottlingRateLimit: 100 }
    assert.deepEqual(stage?.[1].Properties.RouteSettings, {
      'GET /v1/ticks/{issue}': limits,
      'GET /v1/trades/{issue}': limits,
      'GET /v1/bars/{issue}': limits,
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
      'PasswordPolicy=MinimumLength=12 RequireLowercase=true RequireNumbers=true RequireSymbols=true RequireUppercase=true',
    )
    const [[validity, units, flows, oauth, errors] = []] = Object.values(
      settingsOf(
        'AWS::Cognito::UserPoolClient',
        'AccessTokenValidity',
        'TokenValidityUnits',
        'ExplicitAuthFlows',
        'AllowedOAuthFlowsUserPoolClient',
        'PreventUserExistenceErrors',
      ),
    )
    assert.deepEqual([validity, units, oauth, errors], [60, { AccessToken: 'minutes' }, false, 'ENABLED'])
    assert.deepEqual(flows, ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'])
    const [[generated] = []] = Object.values(
      settingsOf('AWS::SecretsManager::Secret', 'GenerateSecretString'),
    )
    assert.deepEqual(generated, { ExcludePunctuation: true, PasswordLength: 32 })
  })
})
