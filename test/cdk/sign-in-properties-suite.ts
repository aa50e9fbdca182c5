import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  deletablePools,
  lastingRefreshTokens,
  looseTokens,
  openPools,
  poolsOfOneFactor,
  weakClients,
} from '../../tools/check-cloud/properties/sign-in-properties.ts'
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
