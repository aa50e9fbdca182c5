/** The issuer of access tokens: the configured issuer, or a Cognito user pool. */
import {
  Aws,
  CfnCondition,
  CfnOutput,
  type CfnResource,
  Fn,
  type ICfnConditionExpression,
  Token,
} from 'aws-cdk-lib'
import { Construct } from 'constructs'
import type { SignInConfig } from './sign-in-config.ts'
import { UserDirectory } from './user-directory.ts'

/** The access tokens that are accepted. */
export interface TokenIssuer {
  readonly issuer: string
  /** A token needs one of these audiences; separated by spaces. */
  readonly audience: string
  /** A token needs one of these scopes; separated by spaces. Empty: it needs none. */
  readonly scopes: string
}

export interface SignInProps extends TokenIssuer {
  /** The address of a page of the broker to which the sign-in page of the user pool may return. Empty: none. */
  readonly callback: string
  readonly config: SignInConfig
  /** Whether the users are kept when the stack is deleted, and protected from deletion by hand. */
  readonly deletionProtection: boolean
}

/** The configured issuer. If it is empty, the stack creates a Cognito user pool and uses its issuer. */
export class SignIn extends Construct implements TokenIssuer {
  readonly issuer: string
  readonly audience: string
  readonly scopes: string
  /** The audience of the tokens of users: with the user pool, the app client at which they sign in. */
  readonly userAudience: string
  /** The audiences for the authorizer of an HTTP API. */
  readonly audienceList: string[]
  /** The scopes for the routes of an HTTP API. */
  readonly scopeList: string[]
  /** Sources of a content security policy: where a page finds the issuer and its token endpoint. */
  readonly sources: readonly string[]
  readonly #users: UserDirectory

  constructor(scope: Construct, id: string, configured: SignInProps) {
    super(scope, id)
    const condition = (name: string, expression: ICfnConditionExpression): CfnCondition =>
      new CfnCondition(this, name, { expression })
    const noIssuer = condition('NoTokenIssuer', Fn.conditionEquals(configured.issuer, ''))
    const noScopes = condition('NoTokenScopes', Fn.conditionEquals(configured.scopes, ''))
    const noCallback = condition('NoSignInCallback', Fn.conditionEquals(configured.callback, ''))
    this.#users = new UserDirectory(this, 'Users', {
      ...configured,
      returns: [Fn.conditionIf(noCallback.logicalId, Aws.NO_VALUE, configured.callback).toString()],
    })
    for (const made of this.#users.resources) onlyIf(noIssuer, made)
    const { pool, client, canary, url } = this.#users
    const orConfigured = (own: string, given: string): string =>
      Fn.conditionIf(noIssuer.logicalId, own, given).toString()
    this.issuer = orConfigured(pool.userPoolProviderUrl, configured.issuer)
    this.userAudience = orConfigured(client.userPoolClientId, configured.audience)
    const clientIds = [client, ...(canary === undefined ? [] : [canary])].map(each => each.userPoolClientId)
    this.audience = orConfigured(Fn.join(' ', clientIds), configured.audience)
    this.audienceList = [this.userAudience, ...clientIds.slice(1).map(id => orConfigured(id, Aws.NO_VALUE))]
    this.scopes = configured.scopes
    this.scopeList = Token.asList(
      Fn.conditionIf(noScopes.logicalId, Aws.NO_VALUE, Fn.split(' ', configured.scopes)),
    )
    this.sources = [originOf(this.issuer), orConfigured(url, "'self'")]
    const outputs = {
      SignInUrl: url,
      UserPoolId: pool.userPoolId,
      ...(canary === undefined ? {} : { CanaryClientId: canary.userPoolClientId }),
    }
    for (const [name, value] of Object.entries(outputs))
      new CfnOutput(this, name, { value, condition: noIssuer }).overrideLogicalId(name)
  }

  /** Lets the sign-in page of the user pool return to the board page. @param url without a slash at the end. */
  addPage(url: string): void {
    this.#users.addReturn(`${url}/`)
  }
}

/** Returns scheme and host of an https URL that is known at deployment. */
function originOf(url: string): string {
  return Fn.join('', ['https://', Fn.parseDomainName(url)])
}

function onlyIf(condition: CfnCondition, resource: CfnResource): void {
  resource.cfnOptions.condition = condition
}
