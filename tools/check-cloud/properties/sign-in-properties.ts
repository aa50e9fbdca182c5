/** Properties of the sign-in of users. */
import { type CloudProperty, inEachStage } from '../cloud-property.ts'
import type { Resource } from '../stage-synthesis.ts'

const AREA = 'sign-in'

type Resources = Readonly<Record<string, Resource>>

/** A rule about the resources of a type: returns what came instead of what was expected. */
type Rule = (properties: Readonly<Record<string, unknown>>) => string | undefined

function ofType(type: string, resources: Resources, rule: Rule): string[] {
  const found = Object.entries(resources).filter(([, { Type }]) => Type === type)
  if (found.length === 0) return [`expected a resource ${type}, got none`]
  return found.flatMap(([id, { Properties }]) => {
    const fault = rule(Properties)
    return fault === undefined ? [] : [`${id}: ${fault}`]
  })
}

/** Returns a text if a value is not the expected one. */
function unless(isRight: boolean, name: string, value: unknown): string | undefined {
  return isRight ? undefined : `${name} is ${JSON.stringify(value)}`
}

/** User pools in which people can make themselves users. */
export function openPools(resources: Resources): string[] {
  return ofType('AWS::Cognito::UserPool', resources, ({ AdminCreateUserConfig: creation }) => {
    const { AllowAdminCreateUserOnly: only } = (creation ?? {}) as { AllowAdminCreateUserOnly?: boolean }
    return unless(only === true, 'AllowAdminCreateUserOnly', only)
  })
}

type Properties = Readonly<Record<string, unknown>>

/** Whether an app client is of a program. It has no users, so it has a secret, and neither a return address nor refresh tokens. */
const isOfProgram = ({ AllowedOAuthFlows: flows, GenerateSecret: secret }: Properties): boolean =>
  JSON.stringify(flows) === '["client_credentials"]' && secret === true

/** App clients of users with a secret, with an implicit flow, or that return to an address without TLS that is not this machine. */
export function weakClients(resources: Resources): string[] {
  return ofType('AWS::Cognito::UserPoolClient', resources, properties => {
    if (isOfProgram(properties)) return undefined
    const { GenerateSecret: secret, AllowedOAuthFlows: flows, CallbackURLs: urls = [] } = properties
    const plain = (urls as unknown[]).find(
      url => typeof url === 'string' && !/^(https:|http:\/\/localhost:)/.test(url),
    )
    return (
      unless(secret === false, 'GenerateSecret', secret) ??
      unless(JSON.stringify(flows) === '["code"]', 'AllowedOAuthFlows', flows) ??
      unless(plain === undefined, 'a CallbackURL', plain)
    )
  })
}

/** App clients whose tokens cannot be revoked, live for more than an hour, or tell whether a user exists. */
export function looseTokens(resources: Resources): string[] {
  return ofType('AWS::Cognito::UserPoolClient', resources, properties => {
    const { EnableTokenRevocation: revocation, PreventUserExistenceErrors: errors } = properties
    const { AccessTokenValidity: life, TokenValidityUnits: units } = properties
    const unit = (units as { AccessToken?: string } | undefined)?.AccessToken
    return (
      unless(revocation === true, 'EnableTokenRevocation', revocation) ??
      unless(errors === 'ENABLED', 'PreventUserExistenceErrors', errors) ??
      unless(unit === 'minutes' && Number(life) <= 60, 'AccessTokenValidity', `${life} ${unit}`)
    )
  })
}

/** App clients whose refresh tokens stay good after their use. */
export function lastingRefreshTokens(resources: Resources): string[] {
  return ofType('AWS::Cognito::UserPoolClient', resources, properties => {
    if (isOfProgram(properties)) return undefined
    const { RefreshTokenRotation: rotation } = properties
    const { Feature: feature } = (rotation ?? {}) as { Feature?: string }
    return unless(feature === 'ENABLED', 'RefreshTokenRotation', feature)
  })
}

/** User pools without a second factor, or with one that is sent by SMS. */
export function poolsOfOneFactor(resources: Resources): string[] {
  return ofType('AWS::Cognito::UserPool', resources, ({ MfaConfiguration: mfa, EnabledMfas: factors }) => {
    const isTotp = JSON.stringify(factors) === '["SOFTWARE_TOKEN_MFA"]'
    return unless(mfa === 'ON', 'MfaConfiguration', mfa) ?? unless(isTotp, 'EnabledMfas', factors)
  })
}

/** User pools that can be deleted. */
export function deletablePools(resources: Resources): string[] {
  return ofType('AWS::Cognito::UserPool', resources, ({ DeletionProtection: protection }) =>
    unless(protection === 'ACTIVE', 'DeletionProtection', protection),
  )
}

/** Returns a property that is checked for each stage except dev. */
function exceptDev(holds: string, find: (resources: Resources) => readonly string[]): CloudProperty {
  return inEachStage(AREA, `${holds} (test, prod)`, ({ stage, resources }) =>
    stage.name === 'dev' ? [] : find(resources),
  )
}

export const SIGN_IN: readonly CloudProperty[] = [
  inEachStage(AREA, 'only administrators create users', ({ resources }) => openPools(resources)),
  inEachStage(
    AREA,
    'the app client of users is public and uses the authorization code flow alone; it returns to https addresses and to this machine',
    ({ resources }) => weakClients(resources),
  ),
  inEachStage(
    AREA,
    'access tokens live an hour, can be revoked, and no answer tells whether a user exists',
    ({ resources }) => looseTokens(resources),
  ),
  exceptDev('a refresh token is for one use', lastingRefreshTokens),
  exceptDev('users need a one-time password of an authenticator app', poolsOfOneFactor),
  exceptDev('the user pool is protected from deletion', deletablePools),
]
