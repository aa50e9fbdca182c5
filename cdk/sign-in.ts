/** The issuer of access tokens: the configured issuer, or a Cognito user pool. */
import {
  Aws,
  CfnCondition,
  CfnOutput,
  type CfnResource,
  Duration,
  Fn,
  type ICfnConditionExpression,
  type IResolvable,
  RemovalPolicy,
  Token,
} from 'aws-cdk-lib'
import {
  type CfnUserPoolClient,
  OAuthScope,
  ResourceServerScope,
  UserPool,
  type UserPoolClient,
} from 'aws-cdk-lib/aws-cognito'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import { stackSuffix } from './stack-suffix.ts'

/** The access tokens that are accepted. */
export interface TokenIssuer {
  readonly issuer: string
  readonly audience: string
  /** A token needs one of these scopes; separated by spaces. Empty: it needs none. */
  readonly scopes: string
}

export interface SignInProps extends TokenIssuer {
  /** The address to which the sign-in page of the user pool returns. Empty: the pool has no such page. */
  readonly callback: string
  /** Whether Cognito refuses to delete the user pool. */
  readonly deletionProtection: boolean
}

/** The configured issuer. If it is empty, the stack creates a Cognito user pool and uses its issuer. */
export class SignIn extends Construct implements TokenIssuer {
  readonly issuer: string
  readonly audience: string
  readonly scopes: string
  /** The scopes for the routes of an HTTP API. */
  readonly scopeList: string[]

  constructor(scope: Construct, id: string, configured: SignInProps) {
    super(scope, id)
    const noIssuer = this.#condition('NoTokenIssuer', Fn.conditionEquals(configured.issuer, ''))
    const noScopes = this.#condition('NoTokenScopes', Fn.conditionEquals(configured.scopes, ''))
    const pool = this.#addPool(noIssuer, configured.deletionProtection)
    const hasPage = this.#condition(
      'HasSignInPage',
      Fn.conditionAnd(noIssuer, Fn.conditionNot(Fn.conditionEquals(configured.callback, ''))),
    )
    const client = this.#addClient(pool, { noIssuer, hasPage }, configured.callback)
    this.#addPage(pool, hasPage)
    const orConfigured = (own: string, given: string): string =>
      Fn.conditionIf(noIssuer.logicalId, own, given).toString()
    this.issuer = orConfigured(pool.userPoolProviderUrl, configured.issuer)
    this.audience = orConfigured(client.userPoolClientId, configured.audience)
    this.scopes = configured.scopes
    this.scopeList = Token.asList(
      Fn.conditionIf(noScopes.logicalId, Aws.NO_VALUE, Fn.split(' ', configured.scopes)),
    )
  }

  #condition(id: string, expression: ICfnConditionExpression): CfnCondition {
    return new CfnCondition(this, id, { expression })
  }

  #addPool(noIssuer: CfnCondition, deletionProtection: boolean): UserPool {
    const pool = new UserPool(this, 'Users', {
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
      },
      deletionProtection,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    onlyIf(noIssuer, pool)
    acknowledge(pool, {
      COG2: 'The broker decides how users sign in; the token protects market data only.',
      COG3: 'Threat protection is charged by user; the broker decides.',
      COG8: 'The plus plan is charged by user; the broker decides.',
    })
    return pool
  }

  /**
   * Adds the app client. Users sign in with SRP, which gives tokens without a scope of a resource server (Cognito developer guide,
   * "Understanding the access token"). On the sign-in page of the pool an app may ask for the scope of real-time data.
   */
  #addClient(
    pool: UserPool,
    { noIssuer, hasPage }: { noIssuer: CfnCondition; hasPage: CfnCondition },
    callback: string,
  ): UserPoolClient {
    const realtime = new ResourceServerScope({ scopeName: 'realtime', scopeDescription: 'Real-time prices' })
    const server = pool.addResourceServer('Prices', { identifier: 'itastream', scopes: [realtime] })
    const client = pool.addClient('App', {
      authFlows: { userSrp: true },
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.resourceServer(server, realtime)],
        callbackUrls: [callback],
      },
      accessTokenValidity: Duration.hours(1),
      preventUserExistenceErrors: true,
    })
    // A client that may use the page needs an address to return to.
    const app = client.node.defaultChild as CfnUserPoolClient
    const ifPage = (value: unknown): IResolvable =>
      Fn.conditionIf(hasPage.logicalId, value, Aws.NO_VALUE) as IResolvable
    app.allowedOAuthFlows = Token.asList(ifPage(app.allowedOAuthFlows))
    app.allowedOAuthScopes = Token.asList(ifPage(app.allowedOAuthScopes))
    app.callbackUrLs = Token.asList(ifPage(app.callbackUrLs))
    app.allowedOAuthFlowsUserPoolClient = Fn.conditionIf(hasPage.logicalId, true, false)
    onlyIf(noIssuer, server)
    onlyIf(noIssuer, client)
    return client
  }

  /** Adds the sign-in page, and the output with its address. */
  #addPage(pool: UserPool, hasPage: CfnCondition): void {
    // A prefix is unique in a region.
    const page = pool.addDomain('Page', {
      cognitoDomain: { domainPrefix: Fn.join('-', ['itastream', stackSuffix()]) },
    })
    onlyIf(hasPage, page)
    const url = new CfnOutput(this, 'SignInUrl', { value: page.baseUrl(), condition: hasPage })
    url.overrideLogicalId('SignInUrl')
  }
}

function onlyIf(condition: CfnCondition, made: Construct): void {
  const resource = made.node.defaultChild as CfnResource
  resource.cfnOptions.condition = condition
}
