import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { PROD } from '../../cdk/stages/prod.ts'
import {
  deletablePools,
  lastingRefreshTokens,
  looseTokens,
  openPools,
  poolsOfOneFactor,
  weakClients,
} from '../../tools/check-cloud/properties/sign-in-properties.ts'
import { synthesizeOnce } from '../../tools/check-cloud/stage-synthesis.ts'
import { plain } from './plain-values.ts'
import { type Resource, synthesize } from './synthesis.ts'

/** Returns the resources of prod with other properties of the user pool, or of its app client. */
function changed(type: 'UserPool' | 'UserPoolClient', change: object): Record<string, Resource> {
  return Object.fromEntries(
    Object.entries(synthesize().resources)
      .filter(([, { Type }]) => Type.startsWith('AWS::Cognito::'))
      .map(([id, resource]) => {
        const isOfType = resource.Type === `AWS::Cognito::${type}`
        return [id, isOfType ? { ...resource, Properties: { ...resource.Properties, ...change } } : resource]
      }),
  )
}

const faults = (
  find: (resources: Record<string, Resource>) => string[],
  ...change: Parameters<typeof changed>
) => find(changed(...change)).map(text => text.replace(/^\w+: /, ''))

suite('a property of the sign-in notices', () => {
  test('a pool in which people make themselves users', () => {
    const change = { AdminCreateUserConfig: { AllowAdminCreateUserOnly: false } }
    assert.deepEqual(faults(openPools, 'UserPool', change), ['AllowAdminCreateUserOnly is false'])
    assert.deepEqual(openPools({}), ['expected a resource AWS::Cognito::UserPool, got none'])
  })

  test('a client with a secret, with an implicit flow, or that returns to http', () => {
    assert.deepEqual(faults(weakClients, 'UserPoolClient', { GenerateSecret: true }), [
      'GenerateSecret is true',
    ])
    assert.deepEqual(faults(weakClients, 'UserPoolClient', { AllowedOAuthFlows: ['code', 'implicit'] }), [
      'AllowedOAuthFlows is ["code","implicit"]',
    ])
    for (const url of ['http://page.example/', 'http://localhost.example/'])
      assert.deepEqual(faults(weakClients, 'UserPoolClient', { CallbackURLs: [url] }), [
        `a CallbackURL is "${url}"`,
      ])
  })

  test('tokens that live long, cannot be revoked, or are for several uses', () => {
    assert.deepEqual(faults(looseTokens, 'UserPoolClient', { AccessTokenValidity: 61 }), [
      'AccessTokenValidity is "61 minutes"',
    ])
    assert.deepEqual(faults(looseTokens, 'UserPoolClient', { EnableTokenRevocation: false }), [
      'EnableTokenRevocation is false',
    ])
    assert.deepEqual(faults(looseTokens, 'UserPoolClient', { PreventUserExistenceErrors: 'LEGACY' }), [
      'PreventUserExistenceErrors is "LEGACY"',
    ])
    assert.deepEqual(faults(lastingRefreshTokens, 'UserPoolClient', { RefreshTokenRotation: undefined }), [
      'RefreshTokenRotation is undefined',
    ])
  })

  test('a pool without a second factor, and one that can be deleted', () => {
    assert.deepEqual(faults(poolsOfOneFactor, 'UserPool', { MfaConfiguration: 'OPTIONAL' }), [
      'MfaConfiguration is "OPTIONAL"',
    ])
    assert.deepEqual(faults(poolsOfOneFactor, 'UserPool', { EnabledMfas: ['SMS_MFA'] }), [
      'EnabledMfas is ["SMS_MFA"]',
    ])
    assert.deepEqual(faults(deletablePools, 'UserPool', { DeletionProtection: 'INACTIVE' }), [
      'DeletionProtection is "INACTIVE"',
    ])
  })
})

suite('a client of the canary', () => {
  const { resources, violations } = synthesizeOnce({
    ...PROD,
    signIn: { ...PROD.signIn, canaryClient: true },
  })
  const ofType = (type: string): Resource[] =>
    Object.values(resources).filter(({ Type }) => Type === `AWS::${type}`)

  test('gets tokens by its secret alone, and only if the stack has a user pool', () => {
    const client = ofType('Cognito::UserPoolClient').find(({ Properties }) => Properties.GenerateSecret)
    const { AllowedOAuthFlows, AllowedOAuthScopes, ExplicitAuthFlows, CallbackURLs } =
      client?.Properties ?? {}
    assert.deepEqual(AllowedOAuthFlows, ['client_credentials'])
    assert.deepEqual(ExplicitAuthFlows, ['ALLOW_REFRESH_TOKEN_AUTH'])
    assert.equal(CallbackURLs, undefined)
    assert.match(plain(AllowedOAuthScopes), /realtime$/)
    assert.match(String(client?.Condition), /NoTokenIssuer/)
  })

  test('is an audience of the authorizer, connect and message', () => {
    const [authorizer] = ofType('ApiGatewayV2::Authorizer')
    const { Audience } = authorizer!.Properties.JwtConfiguration as { Audience: unknown[] }
    assert.deepEqual(Audience.map(plain), ['SignInUsersApp or TokenAudience', 'SignInUsersCanary or NoValue'])
    const audiences = ofType('Lambda::Function').flatMap(({ Properties }) => {
      const { Variables } = Properties.Environment as { Variables: Record<string, unknown> }
      return Variables.TOKEN_AUDIENCE === undefined ? [] : [plain(Variables.TOKEN_AUDIENCE)]
    })
    const both = 'SignInUsersApp SignInUsersCanary or TokenAudience'
    assert.deepEqual(audiences, [both, both])
  })

  test('breaks no rule and no property of the sign-in', () => {
    assert.deepEqual(violations, [])
    for (const find of [weakClients, looseTokens, lastingRefreshTokens]) assert.deepEqual(find(resources), [])
  })
})
