/** The issuer of access tokens: the configured issuer, or a Cognito user pool. */
import { CfnCondition, type CfnResource, Duration, Fn, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { UserPool } from 'aws-cdk-lib/aws-cognito'
import { Construct } from 'constructs'

/** The issuer and the audience of accepted access tokens. */
export interface TokenIssuer {
  readonly issuer: string
  readonly audience: string
}

/** The configured issuer. If it is empty, the stack creates a Cognito user pool and uses its issuer. */
export class SignIn extends Construct implements TokenIssuer {
  readonly issuer: string
  readonly audience: string

  constructor(scope: Construct, id: string, configured: TokenIssuer) {
    super(scope, id)
    const noIssuer = new CfnCondition(this, 'NoTokenIssuer', {
      expression: Fn.conditionEquals(configured.issuer, ''),
    })
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
      removalPolicy: RemovalPolicy.RETAIN,
    })
    const client = pool.addClient('App', {
      authFlows: { userSrp: true },
      disableOAuth: true,
      accessTokenValidity: Duration.hours(1),
      preventUserExistenceErrors: true,
    })
    for (const made of [pool, client]) {
      const resource = made.node.defaultChild as CfnResource
      resource.cfnOptions.condition = noIssuer
    }
    for (const [rule, reason] of [
      ['COG2', 'The broker decides how users sign in; the token protects market data only.'],
      ['COG3', 'Threat protection is charged by user; the broker decides.'],
      ['COG8', 'The plus plan is charged by user; the broker decides.'],
    ] as const) {
      Validations.of(pool).acknowledge({ id: `AwsSolutions-${rule}`, reason })
    }
    this.issuer = Fn.conditionIf(noIssuer.logicalId, pool.userPoolProviderUrl, configured.issuer).toString()
    this.audience = Fn.conditionIf(
      noIssuer.logicalId,
      client.userPoolClientId,
      configured.audience,
    ).toString()
  }
}
